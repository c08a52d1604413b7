import { AwsError } from "../../../protocol/errors.ts";
import type { World } from "../../../world/world.ts";

export function stateMachineArn({ region, accountId }: World, name: string): string {
  return `arn:aws:states:${region}:${accountId}:stateMachine:${name}`;
}

export function executionArn(machineArn: string, executionName: string): string {
  return `${machineArn.replace(":stateMachine:", ":execution:")}:${executionName}`;
}

/** Source: the documentation of StartExecution's and CreateStateMachine's `name`. */
const FORBIDDEN_IN_NAMES = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u;

/** @throws AwsError `InvalidName` */
export function checkName(name: string): void {
  if (name.length === 0 || name.length > 80 || FORBIDDEN_IN_NAMES.test(name))
    throw new AwsError("InvalidName", `Invalid Name: '${name}'`);
}

/** @throws AwsError `InvalidArn` for a text that is not an ARN of this kind */
export function checkArn(arn: string, kind: "stateMachine" | "execution"): void {
  const tail = kind === "execution" ? "[^:]+:[^:]+" : "[^:]+";
  if (!new RegExp(`^arn:[^:]+:states:[^:]*:[^:]*:${kind}:${tail}$`).test(arn))
    throw new AwsError(
      "InvalidArn",
      `Invalid Arn: 'Resource type not valid in this context: ${arn.split(":")[5] ?? arn}'`,
    );
}
