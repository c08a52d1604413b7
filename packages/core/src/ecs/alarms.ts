import { RejectedError } from "../lib/errors.ts";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { Evidence } from "../ledger/evidence.ts";
import type { AlarmObservations } from "./ports.ts";

export type ObservedAlarm = {
  name: string;
  /** `MISSING` when CloudWatch has no alarm of that name. */
  state: "OK" | "ALARM" | "INSUFFICIENT_DATA" | "MISSING";
  /** CloudWatch's reason for the state. */
  reason?: string;
};

/**
 * The evidence when alarms are raised; undefined when none is. An alarm without enough data is not raised: most alarms on errors
 * have no data while there are no errors. With `TreatMissingData` set to `breaching`, CloudWatch raises an alarm without data.
 */
export function raisedAlarms(alarms: readonly ObservedAlarm[]): Evidence | undefined {
  const raised = alarms.filter(({ state }) => state === "ALARM");
  if (raised.length === 0) return undefined;
  return {
    code: "ALARM_RAISED",
    message: `${raised.length === 1 ? "an alarm is" : "alarms are"} raised: ${raised.map(describe).join("; ")}`,
    alarms: raised.map(({ name }) => name),
  };
}

/** Alarms that were deleted after the release was planned: neither quiet nor raised, so the release waits for them. */
export function missingAlarms(alarms: readonly ObservedAlarm[]): readonly string[] {
  return alarms.filter(({ state }) => state === "MISSING").map(({ name }) => name);
}

/** @throws RejectedError ALARM_NOT_FOUND naming every alarm of the environment that does not exist */
export async function requireAlarms(
  alarms: AlarmObservations,
  { health }: Pick<EnvironmentConfiguration, "health">,
): Promise<readonly ObservedAlarm[]> {
  if (health.alarms.length === 0) return [];
  const observed = await alarms.describe(health.alarms);
  const missing = missingAlarms(observed);
  if (missing.length === 0) return observed;
  throw new RejectedError(
    `CloudWatch has no alarm ${missing.join(", ")} in this account and region. Create it or correct health.alarms, then redrive.`,
    { code: "ALARM_NOT_FOUND" },
  );
}

/**
 * The last check before the first change: an alarm that is raised already would fail every rollout, and does not show whether
 * the release is healthy.
 *
 * @throws RejectedError ALARM_NOT_FOUND, ALARM_RAISED
 */
export async function requireQuietAlarms(
  alarms: AlarmObservations,
  environment: Pick<EnvironmentConfiguration, "health">,
): Promise<void> {
  const raised = raisedAlarms(await requireAlarms(alarms, environment));
  if (raised === undefined) return;
  throw new RejectedError(
    `before anything was changed, ${raised.message}. Redrive when it is no longer raised; if this release fixes its cause, remove the alarm from health.alarms first.`,
    { code: "ALARM_RAISED" },
  );
}

const describe = ({ name, reason }: ObservedAlarm) => (reason === undefined ? name : `${name} (${reason})`);
