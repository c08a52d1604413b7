/** Errors of STS. @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html for the limits */
import { AwsError } from "../../protocol/errors.ts";

const shortestSeconds = 900;
const longestSeconds = 43_200;
/** Also how long a role's sessions may be unless the role says more, which none here does. */
const longestChainedSeconds = 3600;

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

/** @param chained whether the caller's credentials are a role's already: such sessions last an hour at most */
export function refuseDuration(seconds: number, chained: boolean): void {
  const value = String(seconds);
  if (seconds < shortestSeconds) {
    throw broken(value, "durationSeconds", `Member must have value greater than or equal to ${shortestSeconds}`);
  }
  if (seconds > longestSeconds) {
    throw broken(value, "durationSeconds", `Member must have value less than or equal to ${longestSeconds}`);
  }
  if (seconds <= longestChainedSeconds) return;
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
