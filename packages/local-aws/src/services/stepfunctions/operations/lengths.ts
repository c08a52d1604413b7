import { validationError } from "../language/errors.ts";

/** Maximum lengths of an error's name and cause in a request. */
export const MAX_ERROR_CHARACTERS = 256;
export const MAX_CAUSE_CHARACTERS = 32_768;

/** @throws AwsError `ValidationException` */
export function checkLength(member: string, value: string, max: number): void {
  if (value.length > max) throw validationError(member, value, `Member must have length less than or equal to ${max}`);
}
