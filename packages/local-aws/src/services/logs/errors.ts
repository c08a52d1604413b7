import { AwsError } from "../../protocol/errors.ts";

export function notFound(what: "group" | "stream"): AwsError {
  return new AwsError("ResourceNotFoundException", `The specified log ${what} does not exist.`);
}

export function alreadyExists(what: "group" | "stream"): AwsError {
  return new AwsError("ResourceAlreadyExistsException", `The specified log ${what} already exists`);
}

export function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterException", message);
}
