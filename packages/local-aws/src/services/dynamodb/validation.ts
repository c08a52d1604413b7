import { AwsError } from "../../protocol/errors.ts";

export function validation(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
