import type { RepositoryConfiguration } from "../config/schema.ts";
import { RejectedError, SideEffectError } from "../lib/errors.ts";
import type { ReleaseLedger } from "../ledger/ports.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import { notifyOutcome, type NotifyPorts } from "../notify/notify-outcome.ts";

/**
 * Publishes a committed outcome as the ledger has it, since an earlier call may have committed and published it, and wakes the
 * waiters of the environment. Does both even when one fails.
 *
 * @param images of the repository, as the configuration has them
 * @throws SideEffectError
 */
export async function runSideEffects(
  ports: NotifyPorts & { ledger: Pick<ReleaseLedger, "release"> },
  release: ReleaseRef,
  images: RepositoryConfiguration["images"],
  wake: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const record = await ports.ledger.release(release);
  if (record === undefined) throw unknownRelease(release);
  const done = await Promise.allSettled([notifyOutcome(ports, record, images), wake()]);
  const failure = done.find((one) => one.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

/** For an execution that ends with another error: recovery repeats the side effects that failed. */
export function leaveToRecovery(error: unknown): void {
  if (!(error instanceof SideEffectError)) throw error;
}

export const unknownRelease = ({ id, repository, environment }: ReleaseRef): RejectedError =>
  new RejectedError(
    `the ledger has no record of release ${id} in ${environment} of ${repository}; start a new execution`,
    {
      code: "CONFLICT",
    },
  );
