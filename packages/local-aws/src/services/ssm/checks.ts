/**
 * Parameter Store's rules for names and values. Its API model has only their lengths.
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
 */
import { AwsError } from "../../protocol/errors.ts";

/** Of the 2048 characters of the API model, 1037 are reserved for the ARN. */
const maxNameCharacters = 1011;
const maxLevels = 15;
const maxStandardCharacters = 4096;

/** As callers quote it: https://github.com/aws/aws-sdk-php/issues/1952, https://github.com/boto/boto3/issues/1499 */
const nameRule =
  'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';

/** @throws AwsError ValidationException, AccessDeniedException, HierarchyLevelLimitExceededException */
export function checkParameterName(name: string): void {
  const levels = name.replace(/^\//, "").split("/");
  const isPath = name.includes("/");
  const [first = ""] = levels;
  if (/^\/aws(\/|$)/i.test(name)) {
    throw new AwsError("AccessDeniedException", `No access to reserved parameter name: ${name}.`);
  }
  if (!/^[a-zA-Z0-9_.\-/]+$/.test(name) || levels.includes("") || (isPath && /^ssm/i.test(first)))
    throw invalid(nameRule);
  if (/^(aws|ssm)/i.test(first)) {
    throw invalid('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
  }
  if (isPath && !name.startsWith("/")) throw invalid("Parameter name must be a fully qualified name.");
  if (name.length > maxNameCharacters) {
    throw invalid(`Parameter name: its length must be at most ${maxNameCharacters} characters.`);
  }
  if (levels.length > maxLevels) {
    throw new AwsError(
      "HierarchyLevelLimitExceededException",
      `A parameter name hierarchy can have at most ${maxLevels} levels.`,
    );
  }
}

/** @throws AwsError ValidationException for a value that is too long for the standard tier */
export function checkValue(value: string): void {
  if (value.length <= maxStandardCharacters) return;
  throw invalid(
    `Standard tier parameters support a maximum parameter value of ${maxStandardCharacters} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.`,
  );
}

export function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
