import { findUnconfirmed, readOutcome } from "../build/build-outcome.ts";
import { finishBuild, type FinishPorts } from "../build/finish-build.ts";
import { freezeInForce } from "../lock/freeze.ts";
import { wakeWaiters } from "../lock/wake-waiters.ts";
import { checksEnvironment } from "../names.ts";
import type { Builds, Ledger } from "../ports.ts";
import type { AgendaEntry, BuildKey } from "../records.ts";
import { buildsOf } from "../settle/leave-builds.ts";

export type AttendPorts = FinishPorts & {
  ledger: Pick<Ledger, "configuration" | "release" | "build" | "writeBuild" | "lock">;
  builds: Pick<Builds, "describe" | "recent">;
  buildProjectPrefix: string;
};

/**
 * Sees to a release that is under way: a build that has ended without anybody being told, and a lock that is free while it
 * waits for it. It would find out by itself, later.
 */
export async function attend(ports: AttendPorts, entry: AgendaEntry, now: Date): Promise<void> {
  const { ledger } = ports;
  const record = await ledger.release(entry);
  if (record?.status !== "open") return;
  if (record.attempt === undefined) {
    const keys = buildsOf(record, await ledger.configuration(record.repository));
    for (const key of keys) await finishSilentBuild(ports, key, entry.executionArn);
  }
  if (entry.environment !== checksEnvironment) await wakeIfFree(ports, entry, now);
}

async function finishSilentBuild(ports: AttendPorts, key: BuildKey, execution: string): Promise<void> {
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

async function wakeIfFree({ ledger, tokens }: AttendPorts, entry: AgendaEntry, now: Date): Promise<void> {
  const lock = await ledger.lock(entry);
  if (lock.holder !== undefined || freezeInForce(lock, now) !== undefined) return;
  await wakeWaiters(
    tokens,
    lock.waiters.filter(({ executionArn }) => executionArn === entry.executionArn),
  );
}
