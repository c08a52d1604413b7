import { findUnconfirmed, readOutcome } from "../build/build-outcome.ts";
import { buildsOf } from "../build/builds-of-release.ts";
import { finishBuild, type FinishBuildPorts } from "../build/finish-build.ts";
import { freezeInForce } from "../lock/freeze.ts";
import { wakeWaiters } from "../lock/wake-waiters.ts";
import { checksEnvironment } from "../lib/names.ts";
import type { Ledger } from "../ledger/ports.ts";
import type { Builds } from "../build/ports.ts";
import type { BuildKey } from "../ledger/build-record.ts";
import type { AgendaEntry } from "../ledger/agenda-entry.ts";

export type CheckRunningPorts = FinishBuildPorts & {
  ledger: Pick<Ledger, "configuration" | "release" | "build" | "writeBuild" | "lock">;
  builds: Pick<Builds, "describe" | "recent">;
  buildProjectPrefix: string;
};

/** What reconcile reports of a running release. */
export type Waiting = {
  /** When it first requested the lock of its environment; absent when it does not wait, or waits for the end of a freeze. */
  waitingSince?: string;
};

/**
 * Answers a running release that waits for a build that has ended, or for a lock that is free, because an event or a call was
 * lost. Without that the release polls by itself, later.
 */
export async function checkRunning(ports: CheckRunningPorts, entry: AgendaEntry, now: Date): Promise<Waiting> {
  const { ledger } = ports;
  const record = await ledger.release(entry);
  if (record?.status !== "open") return {};
  if (record.attempt === undefined) {
    const keys = buildsOf(record, (await ledger.configuration(record.repository))?.configuration.images);
    for (const key of keys) await finishEndedBuild(ports, key, entry.executionArn);
  }
  return entry.environment === checksEnvironment ? {} : await checkQueue(ports, entry, now);
}

async function finishEndedBuild(ports: CheckRunningPorts, key: BuildKey, execution: string): Promise<void> {
  const { ledger, builds, buildProjectPrefix } = ports;
  const record = await ledger.build(key);
  if (record === undefined || (record.status !== "starting" && record.status !== "running")) return;
  if (!record.waiters.some((waiter) => waiter.execution === execution)) return;
  const build =
    record.buildId === undefined
      ? await findUnconfirmed(builds, record, buildProjectPrefix)
      : await builds.describe(record.buildId);
  if (build !== undefined && readOutcome(build, record) !== undefined) await finishBuild(ports, build.id);
}

async function checkQueue({ ledger, tokens }: CheckRunningPorts, entry: AgendaEntry, now: Date): Promise<Waiting> {
  const lock = await ledger.lock(entry);
  if (freezeInForce(lock, now) !== undefined) return {};
  const own = lock.waiters.filter(({ executionArn }) => executionArn === entry.executionArn);
  if (lock.holder === undefined) await wakeWaiters(tokens, own);
  const waitingSince = own[0]?.waitingSince;
  return waitingSince === undefined ? {} : { waitingSince };
}
