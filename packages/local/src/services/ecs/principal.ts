import type { Call } from "../../protocol/service.ts";
import type { Place } from "./arns.ts";

/** ARN of who calls, as ECS keeps it in `registeredBy` and `createdBy`. */
export function principalOf({ accountId }: Place, { caller }: Call): string {
  return caller.kind === "function"
    ? `arn:aws:sts::${accountId}:assumed-role/${caller.functionName}/${caller.functionName}`
    : `arn:aws:iam::${accountId}:root`;
}
