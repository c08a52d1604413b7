import { queueIsFull } from "./errors.ts";

type Queued = { start(): void };

/** Limits the number of builds that run at once in the account. Other builds wait and start in order. */
export type BuildQueue = {
  /** @throws AwsError AccountLimitExceededException when the queue is full; call before recording the build */
  refuseWhenFull(): void;
  /** Starts a build now, or as soon as fewer builds run than the limit. */
  add(build: Queued): void;
  /** Removes a build that has ended or was stopped. */
  remove(build: Queued): void;
};

/** https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html: the queue holds five times the running builds. */
export function createBuildQueue(concurrentBuilds: number): BuildQueue {
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
