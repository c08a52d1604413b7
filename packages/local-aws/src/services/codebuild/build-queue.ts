import { queueIsFull } from "./errors.ts";

type Queued = { start(): void };

/** Lets so many builds of the account run at once, and keeps the others waiting in their order. */
export type BuildQueue = {
  /** @throws AwsError AccountLimitExceededException when no place is left to wait; call before anything is recorded */
  refuseWhenFull(): void;
  /** Starts a build now or as soon as there is room. */
  add(build: Queued): void;
  /** A build has ended, or is not to be started any more. */
  remove(build: Queued): void;
};

/** https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html: five times as many builds may wait as may run. */
export function createBuildQueue(concurrentBuilds: number): BuildQueue {
  const places = 5 * concurrentBuilds;
  const running = new Set<Queued>();
  const waiting = new Set<Queued>();

  function fill(): void {
    for (const build of waiting) {
      if (running.size >= concurrentBuilds) return;
      waiting.delete(build);
      running.add(build);
      build.start();
    }
  }

  return {
    refuseWhenFull() {
      if (running.size >= concurrentBuilds && waiting.size >= places) throw queueIsFull(places);
    },
    add(build) {
      waiting.add(build);
      fill();
    },
    remove(build) {
      waiting.delete(build);
      if (running.delete(build)) fill();
    },
  };
}
