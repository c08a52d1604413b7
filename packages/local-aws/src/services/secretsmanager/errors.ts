import { AwsError } from "../../protocol/errors.ts";

export function secretNotFound(): AwsError {
  return new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
}

/** @param what "staging label: AWSCURRENT" or "VersionId: …" */
export function valueNotFound(what: string): AwsError {
  return new AwsError("ResourceNotFoundException", `Secrets Manager can't find the specified secret value for ${what}`);
}

export function secretExists(name: string): AwsError {
  return new AwsError("ResourceExistsException", `The operation failed because the secret ${name} already exists.`);
}

export function tokenInUse(token: string, arn: string): AwsError {
  return new AwsError(
    "ResourceExistsException",
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
  );
}

export function invalidRequest(message: string): AwsError {
  return new AwsError("InvalidRequestException", message);
}

export function invalidParameter(message: string): AwsError {
  return new AwsError("InvalidParameterException", message);
}
