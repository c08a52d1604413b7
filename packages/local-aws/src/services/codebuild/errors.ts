/** CodeBuild's errors. Messages are AWS's where AWS documents them or where they were observed; the others are ours. */
import { AwsError } from "../../protocol/errors.ts";

export function invalidInput(message: string): AwsError {
  return new AwsError("InvalidInputException", message);
}

export function projectNotFound(arn: string): AwsError {
  return new AwsError("ResourceNotFoundException", `Project cannot be found: ${arn}`);
}

export function projectOfBuildsNotFound(arn: string): AwsError {
  return new AwsError("ResourceNotFoundException", `The provided project ${arn} does not exist`);
}

export function projectAlreadyExists(arn: string): AwsError {
  return new AwsError("ResourceAlreadyExistsException", `Project already exists: ${arn}`);
}

export function buildNotFound(id: string): AwsError {
  return new AwsError("ResourceNotFoundException", `Build cannot be found: ${id}`);
}

export function queueIsFull(maxQueued: number): AwsError {
  return new AwsError(
    "AccountLimitExceededException",
    `Cannot have more than ${maxQueued} builds in queue for the account`,
  );
}
