import type { EnvironmentConfiguration } from "../config/schema.ts";
import { RolloutFailedError } from "../lib/errors.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { FailureReason } from "./failure-reason.ts";

/**
 * The error that ends the execution of a rolled back release: why it failed, what runs now, and what to do, in one line.
 *
 * @param rollbackFailure why the rollback failed; `undefined` when every service is proven healthy again
 * @param notes what else the operator should know
 */
export function rolledBackError(
  reason: FailureReason,
  record: ReleaseRecord,
  firstDeployment: EnvironmentConfiguration["firstDeployment"],
  rollbackFailure: string | undefined,
  notes: readonly string[],
): RolloutFailedError {
  const outcome =
    rollbackFailure === undefined
      ? describeState(record, firstDeployment)
      : `The rollback failed too, so check the services now: ${rollbackFailure || "the execution's history has the reason"}`;
  const sentences = [
    reason.message,
    outcome,
    ...notUndone(record),
    ...notes,
    "Push a fix, or redrive to try this release again",
  ];
  return new RolloutFailedError(`${sentences.join(". ")}.`, { code: reason.code });
}

/** Tasks that ran before the rollout may have changed data. */
function notUndone({ tasks = {} }: ReleaseRecord): string[] {
  const begun = Object.entries(tasks).filter(([, { when, taskArn }]) => when === "before" && taskArn !== undefined);
  return begun.length === 0 ? [] : [`What these tasks did is not undone: ${begun.map(([name]) => name).join(", ")}`];
}

function describeState(
  { intents = {}, snapshot = {} }: ReleaseRecord,
  firstDeployment: EnvironmentConfiguration["firstDeployment"],
): string {
  const changed = Object.keys(intents).toSorted();
  if (changed.length === 0) return "No service was changed";
  const rolledBack = changed.flatMap((service) => {
    const arn = snapshot[service]?.taskDefinition;
    return arn === undefined ? [] : [`${service} to ${arn.slice(arn.lastIndexOf("/") + 1)}`];
  });
  const without = changed.filter((service) => snapshot[service]?.taskDefinition === undefined);
  const result = firstDeployment === "scale-to-zero" ? "scaled to zero" : "left as it is";
  return [
    ...(rolledBack.length > 0 ? [`Rolled back: ${rolledBack.join(", ")}`] : []),
    ...(without.length > 0 ? [`Nothing to roll back to, so ${result}: ${without.join(", ")}`] : []),
  ].join(". ");
}
