import type { BuildLedger } from "../ledger/ports.ts";
import type { Builds } from "./ports.ts";
import type { BuildKey, BuildRecord } from "../ledger/build-record.ts";
import { findUnconfirmed } from "./build-outcome.ts";

/** Why a build without waiters is abandoned. */
type AbandonedCode = (typeof abandonedCodes)[number];
const abandonedCodes = ["CHECK_SUPERSEDED", "EXECUTION_ENDED"] as const;

export type AbandonPorts = { ledger: BuildLedger; builds: Pick<Builds, "recent" | "stop"> };

/** The execution that no longer waits for a build, and why. */
export type Departure = {
  execution: string;
  /** The newest redrive that has ended: a later redrive may wait for the build again. Every redrive when absent. */
  redriveCount?: number;
  /** For the build's record, when the build is abandoned. */
  code: AbandonedCode;
  reason: string;
  /** Lets the build run without waiters, because another execution is about to wait for it. */
  keepsRunning: boolean;
  projectPrefix: string;
};

/**
 * Removes an execution from the waiters of a build. A build without waiters is abandoned, first in the ledger and then at
 * CodeBuild: a request that comes in between starts another attempt, and never gets the result of a build that is being
 * stopped. Idempotent; running it again also repeats a stop that failed.
 *
 * @throws RetryableError CONFLICT when another function wrote the build's record meanwhile
 */
export async function abandonBuild(
  { ledger, builds }: AbandonPorts,
  key: BuildKey,
  departure: Departure,
): Promise<void> {
  const record = await ledger.build(key);
  if (record === undefined) return;
  if (isUnderWay(record)) {
    const left = withoutWaiter(record, departure);
    if (left === undefined) return;
    await ledger.writeBuild(left);
    if (!isAbandoned(left)) return;
  } else if (!isAbandoned(record)) return;
  const id = record.buildId ?? (await findUnconfirmed(builds, record, departure.projectPrefix))?.id;
  if (id !== undefined) await builds.stop(id);
}

/** Stops a build that was abandoned before the ledger had its id. Another attempt may have begun since. */
export async function stopIfAbandoned(
  { ledger, builds }: { ledger: BuildLedger; builds: Pick<Builds, "stop"> },
  started: BuildRecord,
  buildId: string,
): Promise<void> {
  const record = await ledger.build(started);
  if (record === undefined) return;
  if (record.attempt > started.attempt || isAbandoned(record)) await builds.stop(buildId);
}

function withoutWaiter(
  record: BuildRecord,
  { execution, redriveCount = Infinity, code, reason, keepsRunning }: Departure,
): BuildRecord | undefined {
  const waiters = record.waiters.filter(
    (waiter) => waiter.execution !== execution || waiter.redriveCount > redriveCount,
  );
  if (waiters.length === record.waiters.length) return undefined;
  const left = { ...record, waiters, version: record.version + 1 };
  return waiters.length > 0 || keepsRunning ? left : { ...left, status: "failed", failure: { code, message: reason } };
}

const isUnderWay = ({ status }: BuildRecord): boolean => status === "starting" || status === "running";

/** Whether the build was abandoned: its result was not read, and it may have succeeded. */
export const isAbandoned = ({ status, failure }: BuildRecord): boolean =>
  status === "failed" && abandonedCodes.some((code) => code === failure?.code);
