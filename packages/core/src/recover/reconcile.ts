import type { Measurement } from "../contract/metrics.ts";
import type { AgendaLedger, ReconcileLedger } from "../ledger/ports.ts";
import type { AgendaEntry } from "../ledger/agenda-entry.ts";
import { recoverExecution, type Recovered, type RecoverPorts } from "./recover-execution.ts";
import { wakeForSlots, type WakeSlotsPorts } from "../build/build-slots.ts";
import { checkRunning, type Waiting, type CheckRunningPorts } from "./check-running.ts";
import { findLostTags, type LostTag, type LostTagPorts } from "./lost-tags.ts";
import { redeliverFailed, type DeliveryPorts } from "./redeliver.ts";

export type ReconcilePorts = RecoverPorts &
  CheckRunningPorts & {
    ledger: Pick<AgendaLedger, "agenda"> & ReconcileLedger & LostTagPorts["ledger"] & WakeSlotsPorts["ledger"];
    /** Absent without an App's credentials, which listing deliveries needs. */
    deliveries?: DeliveryPorts["deliveries"];
    /** Absent without credentials. */
    tags?: LostTagPorts["tags"];
  };

/** Of one run. */
export type Run = {
  now: () => Date;
  /** Whether there is time for one more entry. */
  hasTime: () => boolean;
  /** Logs what failed; the next run tries it again. */
  logFailure: (subject: string, error: unknown) => void;
  /** Logs a delivery that no redelivery can process, once. */
  logLostDelivery: (guid: string) => void;
  /** Logs a tag that no release knows, once. */
  logLostTag: (tag: LostTag) => void;
};

/** For the log. */
export type Reconciled = {
  checked: number;
  recovered: number;
  recovering: number;
  failed: number;
  redelivered: number;
  /** Deliveries that were too large for the webhook, found by this run. */
  tooLarge: number;
  /** How many tags no release knows, in all repositories. */
  lostTags: number;
  /** The checked releases that wait for their environment, and the longest wait in seconds. */
  waiting: { count: number; longestSeconds: number };
};

/** How many builds one run lets request a slot again: those of other tools end without an event for Lockmaster. */
const slotsPerRun = 3;

/** How many releases one run checks; the next run continues after the last of them. */
const entriesPerRun = 20;

/**
 * Does what a lost event left undone: recovers or checks every release on the agenda in turn, and has GitHub redeliver what
 * failed. The next run continues with what this one did not reach or could not do. Idempotent, and may run concurrently.
 */
export async function reconcile(ports: ReconcilePorts, run: Run): Promise<Reconciled> {
  const { ledger } = ports;
  const progress = await ledger.reconcileProgress();
  const entries = await ledger.agenda(progress.agendaAfter, entriesPerRun);
  const results: Checked[] = [];
  let failed = 0;
  let last: AgendaEntry | undefined;
  for (const entry of entries) {
    if (!run.hasTime()) break;
    last = entry;
    try {
      results.push(await checkEntry(ports, entry, run.now()));
    } catch (error) {
      failed += 1;
      run.logFailure(entry.executionArn, error);
    }
  }
  const reachedEnd = entries.length < entriesPerRun && last === entries.at(-1);
  failed += await wakeBuilds(ports, run);
  const redelivered = await redeliver(ports, run);
  const found = await findTags(ports, run);
  await ledger.recordReconcileProgress({
    ...(!reachedEnd && last !== undefined && { agendaAfter: last.executionArn }),
    ...(redelivered.walk !== undefined && { deliveries: redelivered.walk }),
    ...(found.walk !== undefined && { tags: found.walk }),
  });
  const count = (wanted: Recovered["state"]) => results.filter(({ state }) => state === wanted).length;
  return {
    checked: results.length + failed,
    recovered: count("recovered"),
    recovering: count("recovering"),
    failed: failed + redelivered.failed + found.failed,
    redelivered: redelivered.count,
    tooLarge: redelivered.tooLarge,
    lostTags: found.walk?.seen.filter(({ walks }) => walks > 1).length ?? 0,
    waiting: waitingOf(results, run.now()),
  };

  async function redeliver({ deliveries }: ReconcilePorts, { hasTime, now, logFailure, logLostDelivery }: Run) {
    const { deliveries: walk } = progress;
    if (deliveries === undefined || !hasTime()) return { walk, count: 0, tooLarge: 0, failed: 0 };
    try {
      const { tooLarge, ...redelivered } = await redeliverFailed({ ledger, deliveries }, walk, now());
      for (const guid of tooLarge) logLostDelivery(guid);
      return { ...redelivered, tooLarge: tooLarge.length, failed: 0 };
    } catch (error) {
      logFailure("GitHub's deliveries", error);
      return { walk, count: 0, tooLarge: 0, failed: 1 };
    }
  }

  async function findTags({ tags }: ReconcilePorts, { hasTime, logFailure, logLostTag }: Run) {
    const { tags: walk } = progress;
    if (tags === undefined || !hasTime()) return { walk, failed: 0 };
    try {
      const { walk: next, lost } = await findLostTags({ ledger, tags }, walk);
      for (const tag of lost) logLostTag(tag);
      return { walk: next, failed: 0 };
    } catch (error) {
      logFailure("the tags of a repository", error);
      return { walk, failed: 1 };
    }
  }
}

/** @returns how many failures */
async function wakeBuilds(ports: WakeSlotsPorts, { now, logFailure }: Run): Promise<number> {
  try {
    await wakeForSlots(ports, slotsPerRun, now());
    return 0;
  } catch (error) {
    logFailure("the builds that wait for a slot", error);
    return 1;
  }
}

type Checked = Pick<Recovered, "state"> & Waiting;

async function checkEntry(ports: ReconcilePorts, entry: AgendaEntry, now: Date): Promise<Checked> {
  const { state } = await recoverExecution(ports, entry.executionArn, now);
  return state === "running" ? { state, ...(await checkRunning(ports, entry, now)) } : { state };
}

function waitingOf(results: readonly Checked[], now: Date): Reconciled["waiting"] {
  const waits = results.flatMap(({ waitingSince }) =>
    waitingSince === undefined ? [] : [(now.getTime() - Date.parse(waitingSince)) / 1000],
  );
  return { count: waits.length, longestSeconds: Math.max(0, ...waits) };
}

/** The metrics of a run. `ReleasesWaiting` counts the checked releases: all of them, unless the agenda is longer than one run. */
export function reconcileMeasurements({
  failed,
  redelivered,
  tooLarge,
  lostTags,
  waiting,
}: Reconciled): readonly Measurement[] {
  return [
    { metric: "Reconciliations", value: 1 },
    { metric: "LeftUndone", value: failed },
    { metric: "Redeliveries", value: redelivered },
    { metric: "UnprocessedDeliveries", value: tooLarge },
    { metric: "TagsWithoutRelease", value: lostTags },
    { metric: "ReleasesWaiting", value: waiting.count },
    { metric: "LongestWait", value: waiting.longestSeconds },
  ];
}
