import * as v from "valibot";
import { parseInput } from "../lib/parse.ts";
import { ReleaseKind } from "./release-ref.ts";
import { StringByName, type Stored } from "./stored.ts";

/** The execution of a release, as the lock names it. */
const LockingExecution = v.object({
  /** Name of the execution. */
  release: v.string(),
  executionArn: v.string(),
  startedAt: v.string(),
});

/** A release's place in its environment's queue: the release that was requested last is first. */
export const Ticket = v.object({
  ...LockingExecution.entries,
  requestedAt: v.string(),
  /** The release's commit; absent in records of an older version. */
  sha: v.exactOptional(v.string()),
  /** The commit that the branch pointed to before the push that requested the release; of a push only. */
  before: v.exactOptional(v.string()),
});
export type Ticket = Stored<typeof Ticket>;

/** The only release that may change the environment now. */
export const LockHolder = v.object({
  ...LockingExecution.entries,
  kind: ReleaseKind,
  /** The redrive that got the lock last. */
  redriveCount: v.number(),
});
export type LockHolder = Stored<typeof LockHolder>;

/** An execution that waits for the lock, at one of its redrives. */
export const LockWaiter = v.object({
  ...Ticket.entries,
  kind: ReleaseKind,
  redriveCount: v.number(),
  taskToken: v.string(),
  /** When it first requested the lock; absent in records of an older version. */
  waitingSince: v.exactOptional(v.string()),
});
export type LockWaiter = Stored<typeof LockWaiter>;

/** An operator has stopped releases to an environment. */
export const Freeze = v.object({
  /** ARN of the operator. */
  by: v.string(),
  reason: v.string(),
  since: v.string(),
  /** When the freeze ends by itself; never when absent. */
  until: v.exactOptional(v.string()),
  /** Whether releases wait for its end, or are refused. */
  mode: v.picklist(["wait", "refuse"]),
});
export type Freeze = Stored<typeof Freeze>;

/** One environment's lock, and its queue. */
export const LockRecord = v.object({
  repository: v.string(),
  environment: v.string(),
  /** Grows each time the lock passes to another release; a step with an older epoch must not change anything. */
  epoch: v.number(),
  holder: v.exactOptional(LockHolder),
  /** The holder has begun to change the environment: the lock passes only to a rollback of that release. */
  dirty: v.boolean(),
  /** The planned release that was requested last. */
  newest: v.exactOptional(Ticket),
  /** The newest ticket whose release got the lock; absent before the first one, and in records of an older version. */
  newestHolder: v.exactOptional(Ticket),
  /** The newest ticket whose release ended successfully; absent before the first one, and in records of an older version. */
  newestSuccess: v.exactOptional(Ticket),
  /** Commits that promotions wait for, and the promotion's release; the newest last, bounded. */
  awaited: v.exactOptional(v.array(v.object({ sha: v.string(), by: v.string() }))),
  waiters: v.array(LockWaiter),
  freeze: v.exactOptional(Freeze),
  /** The holder's execution was seen closed. */
  seenClosed: v.exactOptional(v.object({ executionArn: v.string(), redriveCount: v.number(), seenAt: v.string() })),
  /** The last release that succeeded here. */
  lastSuccess: v.exactOptional(v.object({ release: v.string(), sha: v.string(), at: v.string() })),
  /** Known-bad images: digests by image name that were rolled back together, the newest first; bounded. */
  knownBad: v.array(v.object({ release: v.string(), images: StringByName })),
  /** Counts writes; every write is conditional on it. */
  version: v.number(),
});
export type LockRecord = Stored<typeof LockRecord>;

/** @throws InvalidInputError INPUT_INVALID naming every offending path */
export const readLockRecord = (value: unknown): LockRecord => parseInput(LockRecord, value);
