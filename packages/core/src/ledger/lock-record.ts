/** What the ledger holds of an environment's lock and queue: plain data, times as ISO 8601 strings in UTC. */
import type { ReleaseKind } from "./release-record.ts";

/** A release's place in its environment's queue: whoever was asked for later comes first. */
export type Ticket = {
  /** Name of its execution. */
  release: string;
  executionArn: string;
  startedAt: string;
  requestedAt: string;
};

/** Who may change an environment now. */
export type LockHolder = Omit<Ticket, "requestedAt"> & {
  kind: ReleaseKind;
  /** When it got the lock for the last time. */
  redriveCount: number;
};

/** Who waits for an environment: an execution, at one of its redrives. */
export type LockWaiter = Ticket & {
  kind: ReleaseKind;
  redriveCount: number;
  taskToken: string;
  /** When it asked for the first time; absent in what an older version wrote. */
  waitingSince?: string;
};

/** Somebody has asked for peace in an environment. */
export type Freeze = {
  /** ARN of whoever did it. */
  by: string;
  reason: string;
  since: string;
  /** When it ends by itself; never when absent. */
  until?: string;
  /** Whether releases wait for its end, or are refused. */
  mode: "wait" | "refuse";
};

/** One environment's lock, and the queue before it. */
export type LockRecord = {
  repository: string;
  environment: string;
  /** Grows each time the lock passes to somebody; a step that was told another one must not change anything. */
  epoch: number;
  holder?: LockHolder;
  /** The holder has begun to change the environment: only a rollback of just that may follow. */
  dirty: boolean;
  /** The release that was asked for last, of all that were planned. */
  newest?: Ticket;
  waiters: readonly LockWaiter[];
  freeze?: Freeze;
  /** The holder's execution was seen closed. */
  seenClosed?: { executionArn: string; redriveCount: number; seenAt: string };
  /** What the last success brought here. */
  lastSuccess?: { release: string; sha: string; at: string };
  /** Digests by image name that were taken back together, the newest first; bounded. */
  knownBad: readonly { release: string; images: Readonly<Record<string, string>> }[];
  /** Counts writes; every write is conditional on it. */
  version: number;
};
