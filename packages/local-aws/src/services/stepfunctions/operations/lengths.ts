import { validationError } from "../language/errors.ts";

/** Limits of an error's name and explanation where a request gives them. */
export const MOST_ERROR_CHARACTERS = 256;
export const MOST_CAUSE_CHARACTERS = 32_768;

/** @throws AwsError `ValidationException` */
export function checkLength(member: string, value: string, most: number): void {
  if (value.length > most)
    throw validationError(member, value, `Member must have length less than or equal to ${most}`);
}
