import { RejectedError } from "../lib/errors.ts";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { Evidence } from "../ledger/evidence.ts";
import type { AlarmObservations } from "./ports.ts";

export type ObservedAlarm = {
  name: string;
  /** `MISSING` when CloudWatch knows no alarm of that name. */
  state: "OK" | "ALARM" | "INSUFFICIENT_DATA" | "MISSING";
  /** Why it is in that state, in CloudWatch's words. */
  reason?: string;
};

/**
 * The evidence when alarms are raised; undefined when none is. An alarm without enough data is not raised: most that watch
 * errors have none while there are none. Who wants silence to count as trouble sets its `TreatMissingData` to `breaching`.
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

/** What to wait for: alarms that somebody deleted since the release was planned are neither quiet nor raised. */
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
    `CloudWatch has no alarm ${missing.join(", ")} in this account and region; create it or correct health.alarms, then redrive.`,
    { code: "ALARM_NOT_FOUND" },
  );
}

/**
 * The last look before anything changes: an alarm that is raised already would refute whatever is released, and says
 * nothing about it.
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
    `before anything was changed, ${raised.message}. Redrive when it is quiet; if this release is to mend it, take the alarm out of health.alarms first.`,
    { code: "ALARM_RAISED" },
  );
}

const describe = ({ name, reason }: ObservedAlarm) => (reason === undefined ? name : `${name} (${reason})`);
