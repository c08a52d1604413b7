import { RejectedError } from "../lib/errors.ts";
import type { Freeze, LockRecord } from "../ledger/lock-record.ts";

/** The freeze that holds releases up now: one whose end has come does not. */
export function freezeInForce({ freeze }: Pick<LockRecord, "freeze">, now: Date): Freeze | undefined {
  return freeze?.until !== undefined && Date.parse(freeze.until) <= now.getTime() ? undefined : freeze;
}

/** The lock of an environment that is to be left in peace; whoever holds it goes on, whoever waits waits. */
export function freeze(lock: LockRecord, given: Freeze): LockRecord {
  return { ...lock, freeze: given, version: lock.version + 1 };
}

/** The lock after the freeze; undefined when there is none. Whoever waits is to be woken. */
export function unfreeze({ freeze: ended, ...lock }: LockRecord): LockRecord | undefined {
  return ended === undefined ? undefined : { ...lock, version: lock.version + 1 };
}

/** @throws RejectedError ENVIRONMENT_FROZEN when releases are refused while the environment is frozen */
export function refuseFrozen(lock: LockRecord, now: Date): void {
  const inForce = freezeInForce(lock, now);
  if (inForce?.mode !== "refuse") return;
  const { by, reason, since, until } = inForce;
  const end = until === undefined ? "until somebody ends it" : `until ${until}`;
  throw new RejectedError(
    `${lock.environment} is frozen since ${since} ${end}, by ${by}: ${reason}. Redrive after that.`,
    { code: "ENVIRONMENT_FROZEN" },
  );
}
