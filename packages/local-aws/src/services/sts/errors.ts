/** STS's errors. @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html for the limits */
import { AwsError } from "../../protocol/errors.ts";

export const minSeconds = 900;
export const maxSeconds = 43_200;
/** Also the default MaxSessionDuration of a role, which the local roles have. */
const maxChainedSeconds = 3600;

export function validation(message: string): AwsError {
  return new AwsError("ValidationError", message);
}

export function accessDenied(principalArn: string, roleArn: string): AwsError {
  return new AwsError(
    "AccessDenied",
    `User: ${principalArn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    403,
  );
}

export function expiredToken(): AwsError {
  return new AwsError("ExpiredTokenException", "The security token included in the request is expired");
}

/** @param chained whether the caller's credentials belong to a role session: then a session lasts at most an hour */
export function refuseDuration(seconds: number, chained: boolean): void {
  if (seconds <= maxChainedSeconds) return;
  throw validation(
    chained
      ? "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
      : "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
  );
}
