import type { AccountRegion } from "./addressing.ts";
import type { Caller } from "./service.ts";

/** The caller as IAM names it. A function's role has the function's name. */
export type Principal = { accountId: string; arn: string };

export function principalOf(home: Pick<AccountRegion, "accountId">, caller: Caller): Principal {
  const { session } = caller;
  if (session !== undefined) {
    const { accountId, roleArn, sessionName } = session;
    return { accountId, arn: assumedRoleArn(accountId, roleArn.slice(roleArn.lastIndexOf("/") + 1), sessionName) };
  }
  if (caller.kind === "function") {
    const { functionName } = caller;
    return { accountId: home.accountId, arn: assumedRoleArn(home.accountId, functionName, functionName) };
  }
  const accountId = caller.accountId ?? home.accountId;
  return { accountId, arn: `arn:aws:iam::${accountId}:root` };
}

/** ARN of a role's session. It does not contain the role's path. */
export function assumedRoleArn(accountId: string, roleName: string, sessionName: string): string {
  return `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`;
}
