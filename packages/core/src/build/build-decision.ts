import type { BuildKey, BuildRecord, BuildWaiter } from "../ledger/build-record.ts";

/** A request for an image of a commit, and the task that waits for it. */
export type BuildRequest = BuildKey & Pick<BuildRecord, "ref" | "check"> & { waiter: BuildWaiter; now: Date };

/** What `start-build` does about a request. */
export type BuildDecision =
  /** The image exists, or the tests have passed already: `record` has the result. */
  | { action: "reuse"; record: BuildRecord }
  /** Write `record`, then find the build of its attempt; start one only when there is none. */
  | { action: "join"; record: BuildRecord; isNewWaiter: boolean }
  /** Write `record`, then start a build: none can exist for this attempt. */
  | { action: "start"; record: BuildRecord }
  /** The attempt that this waiter waits for has failed. */
  | { action: "fail"; record: BuildRecord; failure: NonNullable<BuildRecord["failure"]> };

/**
 * Decides what to do about a request.
 *
 * @param record of the build, from the ledger
 * @param imageHeld whether the registry still holds the digest of a record that succeeded
 */
export function decideBuild(record: BuildRecord | undefined, imageHeld: boolean, request: BuildRequest): BuildDecision {
  if (record === undefined) return { action: "start", record: nextAttempt(undefined, request) };
  switch (record.status) {
    case "succeeded":
      return decideReuse(record, imageHeld, request);
    case "failed":
      return record.failure !== undefined && isWaiting(record, request.waiter)
        ? { action: "fail", record, failure: record.failure }
        : { action: "start", record: nextAttempt(record, request) };
    case "starting":
    case "running":
      return { action: "join", record: join(record, request.waiter), isNewWaiter: !isWaiting(record, request.waiter) };
  }
}

function decideReuse(record: BuildRecord, imageHeld: boolean, request: BuildRequest): BuildDecision {
  return imageHeld || record.check === true
    ? { action: "reuse", record }
    : { action: "start", record: nextAttempt(record, request) };
}

/** The record of a new attempt: of the last one, only the count is kept. */
export function nextAttempt(last: BuildRecord | undefined, request: BuildRequest): BuildRecord {
  const { repository, image, sha, recipe, ref, check, waiter, now } = request;
  return {
    repository,
    image,
    sha,
    recipe,
    ref,
    ...(check === true && { check }),
    attempt: (last?.attempt ?? 0) + 1,
    status: "starting",
    startedAt: now.toISOString(),
    waiters: [waiter],
    version: (last?.version ?? 0) + 1,
  };
}

/** Whether this execution, at this redrive, is among the attempt's waiters. */
function isWaiting({ waiters }: BuildRecord, { execution, redriveCount }: BuildWaiter): boolean {
  return waiters.some((known) => known.execution === execution && known.redriveCount === redriveCount);
}

/** An execution waits with one token: the last one of its newest redrive. */
function join(record: BuildRecord, waiter: BuildWaiter): BuildRecord {
  const others = record.waiters.filter(({ execution }) => execution !== waiter.execution);
  const known = record.waiters.find(({ execution }) => execution === waiter.execution);
  const newest = known !== undefined && known.redriveCount > waiter.redriveCount ? known : waiter;
  return { ...record, waiters: [...others, newest], version: record.version + 1 };
}
