import { queueIsFull } from "./errors.ts";

type Queued = { start(): void };

/** Limits the number of builds that run at once on one type of machine in the account. Other builds wait and start in order. */
export type BuildQueue = {
  /** @throws AwsError AccountLimitExceededException when the queue is full; call before recording the build */
  refuseWhenFull(): void;
  /** Starts a build now, or as soon as fewer builds run than the limit. */
  add(build: Queued): void;
  /** Removes a build that has ended or was stopped. */
  remove(build: Queued): void;
};

/** https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html: the queue holds five times the running builds. */
function createBuildQueue(concurrentBuilds: number): BuildQueue {
  const maxQueued = 5 * concurrentBuilds;
  const running = new Set<Queued>();
  const waiting = new Set<Queued>();

  function startWaiting(): void {
    for (const build of waiting) {
      if (running.size >= concurrentBuilds) return;
      waiting.delete(build);
      running.add(build);
      build.start();
    }
  }

  return {
    refuseWhenFull() {
      if (running.size >= concurrentBuilds && waiting.size >= maxQueued) throw queueIsFull(maxQueued);
    },
    add(build) {
      waiting.add(build);
      startWaiting();
    },
    remove(build) {
      waiting.delete(build);
      if (running.delete(build)) startWaiting();
    },
  };
}

type Machine = { type?: string | undefined; computeType?: string | undefined };

const sizes: ReadonlyMap<string, string> = new Map([
  ["BUILD_GENERAL1_SMALL", "Small"],
  ["BUILD_GENERAL1_MEDIUM", "Medium"],
  ["BUILD_GENERAL1_LARGE", "Large"],
  ["BUILD_GENERAL1_XLARGE", "XLarge"],
  ["BUILD_GENERAL1_2XLARGE", "2XLarge"],
]);

/**
 * The account's queues: CodeBuild limits concurrent builds by platform and compute type, each with a quota of its own.
 *
 * @param quotaOf value of a quota by its name in Service Quotas
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html
 */
export function createBuildQueues(quotaOf: (name: string) => number): (machine: Machine) => BuildQueue {
  const queues = new Map<string, BuildQueue>();
  return ({ type = "", computeType = "" }) => {
    const family = type.startsWith("ARM") ? "ARM" : "Linux";
    const name = `Concurrently running builds for ${family}/${sizes.get(computeType) ?? "Small"} environment`;
    const queue = queues.get(name) ?? createBuildQueue(quotaOf(name));
    queues.set(name, queue);
    return queue;
  };
}
