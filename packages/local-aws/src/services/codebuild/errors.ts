/** Errors of CodeBuild. Texts that AWS documents, or that were seen, are AWS's; the others only say the same. */
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

export function queueIsFull(places: number): AwsError {
  return new AwsError(
    "AccountLimitExceededException",
    `Cannot have more than ${places} builds in queue for the account`,
  );
}
