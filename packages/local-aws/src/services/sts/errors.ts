/** STS's errors. @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html for the limits */
import { AwsError } from "../../protocol/errors.ts";

const minSeconds = 900;
const maxSeconds = 43_200;
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

export function refuseSessionName(name: string): void {
  if (name.length < 2) throw broken(name, "roleSessionName", "Member must have length greater than or equal to 2");
  if (name.length > 64) throw broken(name, "roleSessionName", "Member must have length less than or equal to 64");
  if (!/^[\w+=,.@-]*$/.test(name)) {
    throw broken(name, "roleSessionName", String.raw`Member must satisfy regular expression pattern: [\w+=,.@-]*`);
  }
}

/** @param chained whether the caller's credentials belong to a role session: then a session lasts at most an hour */
export function refuseDuration(seconds: number, chained: boolean): void {
  const value = String(seconds);
  if (seconds < minSeconds) {
    throw broken(value, "durationSeconds", `Member must have value greater than or equal to ${minSeconds}`);
  }
  if (seconds > maxSeconds) {
    throw broken(value, "durationSeconds", `Member must have value less than or equal to ${maxSeconds}`);
  }
  if (seconds <= maxChainedSeconds) return;
  throw validation(
    chained
      ? "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
      : "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
  );
}

function broken(value: string, member: string, constraint: string): AwsError {
  return validation(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}
