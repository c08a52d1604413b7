import type { EnvironmentConfiguration } from "../config/schema.ts";
import { RolloutFailedError } from "../lib/errors.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { FailureReason } from "./failure-reason.ts";

/**
 * The error that ends an execution whose release went back: why it failed, what runs now, and what Redrive does, in one line.
 *
 * @param rollbackFailure why the way back failed; `undefined` when every service is proven to be back
 * @param notes what else an operator should know
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
      : `The way back failed too, so look at the services: ${rollbackFailure || "the reason is in the execution's history"}`;
  const sentences = [reason.message, outcome, ...notUndone(record), ...notes, "Redrive tries this release again"];
  return new RolloutFailedError(`${sentences.join(". ")}.`, { code: reason.code });
}

/** What ran before the rollout may have changed anything, anywhere. */
function notUndone({ tasks = {} }: ReleaseRecord): string[] {
  const begun = Object.entries(tasks).filter(([, { when, taskArn }]) => when === "before" && taskArn !== undefined);
  return begun.length === 0
    ? []
    : [`What these tasks have done is not undone: ${begun.map(([name]) => name).join(", ")}`];
}

function describeState(
  { intents = {}, snapshot = {} }: ReleaseRecord,
  firstDeployment: EnvironmentConfiguration["firstDeployment"],
): string {
  const touched = Object.keys(intents).toSorted();
  if (touched.length === 0) return "No service was changed";
  const back = touched.flatMap((service) => {
    const arn = snapshot[service]?.taskDefinition;
    return arn === undefined ? [] : [`${service} ${arn.slice(arn.lastIndexOf("/") + 1)}`];
  });
  const without = touched.filter((service) => snapshot[service]?.taskDefinition === undefined);
  const fate = firstDeployment === "scale-to-zero" ? "scaled to zero" : "left as it is";
  return [
    ...(back.length > 0 ? [`Running again as before: ${back.join(", ")}`] : []),
    ...(without.length > 0 ? [`Nothing to go back to, ${fate}: ${without.join(", ")}`] : []),
  ].join(". ");
}
