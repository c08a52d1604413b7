import type { BuildLedger } from "../ledger/ports.ts";
import type { Builds } from "./ports.ts";
import type { BuildKey, BuildRecord } from "../ledger/build-record.ts";
import { findUnconfirmed } from "./build-outcome.ts";

/** Why a build that nobody waits for is given up. */
type GivingUpCode = (typeof givingUp)[number];
const givingUp = ["CHECK_SUPERSEDED", "EXECUTION_ENDED"] as const;

export type LeavePorts = { ledger: BuildLedger; builds: Pick<Builds, "recent" | "stop"> };

/** Who leaves, and why. */
export type Leaving = {
  execution: string;
  /** The newest redrive that has ended: a later one may wait for the build again. All when absent. */
  redriveCount?: number;
  /** For the build's record, should it be given up. */
  code: GivingUpCode;
  reason: string;
  /** Lets the build run even when nobody waits for it, because somebody soon will. */
  keep: boolean;
  projectPrefix: string;
};

/**
 * Takes an execution off the build that it waits for. When nobody else waits, the build is given up, first in the ledger and
 * then at CodeBuild: whoever comes in between begins another attempt, and never gets the answer of a build that is being
 * stopped. Once more changes nothing, and makes up for a stop that did not get through.
 *
 * @throws RetryableError CONFLICT when somebody else wrote the build's record meanwhile
 */
export async function abandonBuild({ ledger, builds }: LeavePorts, key: BuildKey, leaving: Leaving): Promise<void> {
  const record = await ledger.build(key);
  if (record === undefined) return;
  if (isUnderWay(record)) {
    const left = withoutWaiter(record, leaving);
    if (left === undefined) return;
    await ledger.writeBuild(left);
    if (!isGivenUp(left)) return;
  } else if (!isGivenUp(record)) return;
  const id = record.buildId ?? (await findUnconfirmed(builds, record, leaving.projectPrefix))?.id;
  if (id !== undefined) await builds.stop(id);
}

/**
 * Stops a build that was given up while it was being started: who gave it up could not know its id. Another attempt may have
 * begun since.
 */
export async function stopIfGivenUp(
  { ledger, builds }: { ledger: BuildLedger; builds: Pick<Builds, "stop"> },
  started: BuildRecord,
  buildId: string,
): Promise<void> {
  const record = await ledger.build(started);
  if (record === undefined) return;
  if (record.attempt > started.attempt || isGivenUp(record)) await builds.stop(buildId);
}

function withoutWaiter(
  record: BuildRecord,
  { execution, redriveCount = Infinity, code, reason, keep }: Leaving,
): BuildRecord | undefined {
  const waiters = record.waiters.filter(
    (waiter) => waiter.execution !== execution || waiter.redriveCount > redriveCount,
  );
  if (waiters.length === record.waiters.length) return undefined;
  const left = { ...record, waiters, version: record.version + 1 };
  return waiters.length > 0 || keep ? left : { ...left, status: "failed", failure: { code, message: reason } };
}

const isUnderWay = ({ status }: BuildRecord): boolean => status === "starting" || status === "running";

/** Whether nobody waited for the build any more: what came of it was never looked at. */
export const isGivenUp = ({ status, failure }: BuildRecord): boolean =>
  status === "failed" && givingUp.some((code) => code === failure?.code);
