import { RejectedError } from "../lib/errors.ts";
import type { Freeze, LockRecord } from "../ledger/lock-record.ts";

/** The freeze that stops releases now; undefined after its end. */
export function freezeInForce({ freeze }: Pick<LockRecord, "freeze">, now: Date): Freeze | undefined {
  return freeze?.until !== undefined && Date.parse(freeze.until) <= now.getTime() ? undefined : freeze;
}

/** The lock with a freeze. Its holder and its waiters stay. */
export function freeze(lock: LockRecord, given: Freeze): LockRecord {
  return { ...lock, freeze: given, version: lock.version + 1 };
}

/** The lock without its freeze; undefined when there is none. The caller must wake the waiters. */
export function unfreeze({ freeze: ended, ...lock }: LockRecord): LockRecord | undefined {
  return ended === undefined ? undefined : { ...lock, version: lock.version + 1 };
}

/** @throws RejectedError ENVIRONMENT_FROZEN while a freeze in mode `refuse` is in force */
export function refuseFrozen(lock: LockRecord, now: Date): void {
  const inForce = freezeInForce(lock, now);
  if (inForce?.mode !== "refuse") return;
  const { by, reason, since, until } = inForce;
  const end = until === undefined ? "until an operator unfreezes it" : `until ${until}`;
  throw new RejectedError(
    `${lock.environment} is frozen since ${since} ${end}, by ${by}: ${reason}. Redrive after the freeze.`,
    { code: "ENVIRONMENT_FROZEN" },
  );
}
