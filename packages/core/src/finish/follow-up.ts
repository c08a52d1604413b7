import type { RepositoryConfiguration } from "../config/schema.ts";
import { RejectedError, SideEffectError } from "../lib/errors.ts";
import type { ReleaseLedger } from "../ledger/ports.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import { notifyOutcome, type NotifyPorts } from "../notify/notify-outcome.ts";

/**
 * Tells others of an outcome that is committed, from what the ledger holds: it may have been committed before, and others
 * told. Wakes who waits for the environment; neither is kept back by the other's failure.
 *
 * @param images of the repository, as the configuration has them
 * @throws SideEffectError
 */
export async function followUp(
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

/** For an execution that ends with another error: what others were not told is told from outside. */
export function leaveForLater(error: unknown): void {
  if (!(error instanceof SideEffectError)) throw error;
}

export const unknownRelease = ({ id, repository, environment }: ReleaseRef): RejectedError =>
  new RejectedError(`the ledger does not know the release ${id} of ${repository} to ${environment}`, {
    code: "CONFLICT",
  });
