import { AwsError } from "../protocol/errors.ts";

/** Services whose throttling error is not `ThrottlingException`, status 400, `Rate exceeded`. */
const ownErrors: Readonly<Record<string, () => AwsError>> = {
  // docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
  dynamodb: () =>
    new AwsError(
      "ProvisionedThroughputExceededException",
      "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.",
    ),
  // docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
  lambda: () => new AwsError("TooManyRequestsException", "Rate Exceeded.", 429),
  // Query services: docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
  iam: () => new AwsError("Throttling", "Rate exceeded"),
  sts: () => new AwsError("Throttling", "Rate exceeded"),
};

/** A service's throttling error. */
export function throttled(service: string): AwsError {
  return ownErrors[service]?.() ?? new AwsError("ThrottlingException", "Rate exceeded");
}

/** Services whose internal failure is not `InternalFailure`. */
const ownFailures: Readonly<Record<string, string>> = {
  dynamodb: "InternalServerError",
  ecr: "ServerException",
  ecs: "ServerException",
  lambda: "ServiceException",
  logs: "ServiceUnavailableException",
  secretsmanager: "InternalServiceError",
};

/** A service's internal failure. */
export function internalFailure(service: string): AwsError {
  return new AwsError(ownFailures[service] ?? "InternalFailure", "The request failed. Try again.", 500);
}
