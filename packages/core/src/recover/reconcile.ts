import type { Measurement } from "../contract/metrics.ts";
import type { AgendaLedger, ReconcileLedger } from "../ledger/ports.ts";
import type { AgendaEntry } from "../ledger/agenda-entry.ts";
import { recoverExecution, type Recovered, type RecoverPorts } from "./recover-execution.ts";
import { checkRunning, type Waiting, type CheckRunningPorts } from "./check-running.ts";
import { redeliverFailed, type DeliveryPorts } from "./redeliver.ts";

export type ReconcilePorts = RecoverPorts &
  CheckRunningPorts & {
    ledger: Pick<AgendaLedger, "agenda"> & ReconcileLedger;
    /** Absent where GitHub cannot be asked for deliveries. */
    deliveries?: DeliveryPorts["deliveries"];
  };

/** Of one run. */
export type Session = {
  now: () => Date;
  /** Whether there is time for one thing more. */
  hasTime: () => boolean;
  /** Told of what could not be done: the next run tries again. */
  failed: (subject: string, error: unknown) => void;
};

/** For the log. */
export type Reconciled = {
  looked: number;
  recovered: number;
  recovering: number;
  failed: number;
  redelivered: number;
  /** Of the releases that were looked at, those that wait for their environment; seconds of the longest wait. */
  waiting: { count: number; longestSeconds: number };
};

/** So many releases are looked at in one run; the next run goes on after the last of them. */
const entriesLookedAt = 20;

/**
 * Finds what events have missed: looks at every release on the agenda, in turn, and at GitHub's deliveries. What was not
 * reached, or could not be done, is the next run's. Twice or at once, it changes nothing more.
 */
export async function reconcile(ports: ReconcilePorts, session: Session): Promise<Reconciled> {
  const { ledger } = ports;
  const progress = await ledger.reconcileProgress();
  const entries = await ledger.agenda(progress.agendaAfter, entriesLookedAt);
  const results: LookedAt[] = [];
  let failed = 0;
  let last: AgendaEntry | undefined;
  for (const entry of entries) {
    if (!session.hasTime()) break;
    last = entry;
    try {
      results.push(await lookAt(ports, entry, session.now()));
    } catch (error) {
      failed += 1;
      session.failed(entry.executionArn, error);
    }
  }
  const isThrough = entries.length < entriesLookedAt && last === entries.at(-1);
  const redelivered = await redeliver(ports, session);
  await ledger.recordReconcileProgress({
    ...(!isThrough && last !== undefined && { agendaAfter: last.executionArn }),
    ...(redelivered.walk !== undefined && { deliveries: redelivered.walk }),
  });
  const count = (wanted: Recovered["state"]) => results.filter(({ state }) => state === wanted).length;
  return {
    looked: results.length + failed,
    recovered: count("recovered"),
    recovering: count("recovering"),
    failed: failed + redelivered.failed,
    redelivered: redelivered.count,
    waiting: waitingOf(results, session.now()),
  };

  async function redeliver({ deliveries }: ReconcilePorts, { hasTime, now, failed: tell }: Session) {
    const { deliveries: walk } = progress;
    if (deliveries === undefined || !hasTime()) return { walk, count: 0, failed: 0 };
    try {
      return { ...(await redeliverFailed({ ledger, deliveries }, walk, now())), failed: 0 };
    } catch (error) {
      tell("GitHub's deliveries", error);
      return { walk, count: 0, failed: 1 };
    }
  }
}

type LookedAt = Pick<Recovered, "state"> & Waiting;

async function lookAt(ports: ReconcilePorts, entry: AgendaEntry, now: Date): Promise<LookedAt> {
  const { state } = await recoverExecution(ports, entry.executionArn, now);
  return state === "running" ? { state, ...(await checkRunning(ports, entry, now)) } : { state };
}

function waitingOf(results: readonly LookedAt[], now: Date): Reconciled["waiting"] {
  const waits = results.flatMap(({ waitingSince }) =>
    waitingSince === undefined ? [] : [(now.getTime() - Date.parse(waitingSince)) / 1000],
  );
  return { count: waits.length, longestSeconds: Math.max(0, ...waits) };
}

/** What there is to count of a run. The queue is that of the releases looked at: all of them, unless there are very many. */
export function reconcileMeasurements({ failed, redelivered, waiting }: Reconciled): readonly Measurement[] {
  return [
    { metric: "Reconciliations", value: 1 },
    { metric: "LeftUndone", value: failed },
    { metric: "Redeliveries", value: redelivered },
    { metric: "ReleasesWaiting", value: waiting.count },
    { metric: "LongestWait", value: waiting.longestSeconds },
  ];
}
