import type { BuildKey, BuildRecord, BuildWaiter } from "../ledger/build-record.ts";

/** Somebody asks for an image of a commit. */
export type BuildRequest = BuildKey & Pick<BuildRecord, "ref" | "check"> & { waiter: BuildWaiter; now: Date };

/** What start-build does about a wish. */
export type BuildDecision =
  /** The image exists, or the tests have passed before: `record` has the answer. */
  | { action: "reuse"; record: BuildRecord }
  /** Write `record`, then look for the build that it tells of; only if there is none, start it. */
  | { action: "join"; record: BuildRecord; newcomer: boolean }
  /** Write `record`, then start a build: nobody can have done so before. */
  | { action: "start"; record: BuildRecord }
  /** The attempt that this waiter has been waiting for failed. */
  | { action: "fail"; record: BuildRecord; failure: NonNullable<BuildRecord["failure"]> };

/**
 * Decides about a wish, from what the ledger holds.
 *
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
      return { action: "join", record: join(record, request.waiter), newcomer: !isWaiting(record, request.waiter) };
  }
}

function decideReuse(record: BuildRecord, imageHeld: boolean, request: BuildRequest): BuildDecision {
  return imageHeld || record.check === true
    ? { action: "reuse", record }
    : { action: "start", record: nextAttempt(record, request) };
}

/** The record of a new attempt: nothing of the last one but its count stays. */
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

/** Whether this execution, at this redrive, waits for the record's attempt already. */
function isWaiting({ waiters }: BuildRecord, { execution, redriveCount }: BuildWaiter): boolean {
  return waiters.some((known) => known.execution === execution && known.redriveCount === redriveCount);
}

/** An execution waits with one token: that of its newest redrive, and there the one that came last. */
function join(record: BuildRecord, waiter: BuildWaiter): BuildRecord {
  const others = record.waiters.filter(({ execution }) => execution !== waiter.execution);
  const known = record.waiters.find(({ execution }) => execution === waiter.execution);
  const newest = known !== undefined && known.redriveCount > waiter.redriveCount ? known : waiter;
  return { ...record, waiters: [...others, newest], version: record.version + 1 };
}
