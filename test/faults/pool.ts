import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import * as v from "valibot";
import type { Done, Job } from "./messages.ts";

/** Most of a run's garbage is short-lived: a larger young generation saves copying. */
const youngMegabytes = 64;

export type Pool = {
  /** Gives jobs to free workers, and calls back for each finished job. */
  perform(jobs: readonly Job[], onDone: (done: Done) => void): Promise<void>;
  close(): void;
};

/** @param size number of worker processes; one that dies fails its job and is replaced */
export function openPool(size: number): Pool {
  const workers = Array.from({ length: size }, startWorker);
  return {
    async perform(jobs, onDone) {
      const queue = jobs.values();
      await Promise.all(
        Array.from(workers.keys(), async (seat) => {
          for (const job of queue) {
            const worker = workers[seat]?.connected === true ? workers[seat] : startWorker();
            workers[seat] = worker;
            onDone(await answered(worker, job));
          }
        }),
      );
    },
    close: () => workers.forEach((worker) => worker.kill()),
  };
}

function startWorker(): ChildProcess {
  return fork(join(import.meta.dirname, "worker.ts"), {
    execArgv: [`--max-semi-space-size=${youngMegabytes}`],
    serialization: "advanced",
  });
}

/** Distinguishes our answers from messages that Node itself may send. */
const IsDone = v.custom<Done>((message) => typeof message === "object" && message !== null && "kind" in message);

function answered(worker: ChildProcess, job: Job): Promise<Done> {
  return new Promise((resolve) => {
    const removeListeners = (): void => {
      worker.off("message", onMessage);
      worker.off("exit", onExit);
    };
    const onMessage = (message: unknown): void => {
      removeListeners();
      resolve(v.parse(IsDone, message));
    };
    const onExit = (code: number | null): void => {
      removeListeners();
      resolve({ kind: "failed", job, reason: `The worker exited with code ${code}.` });
    };
    worker.on("message", onMessage);
    worker.on("exit", onExit);
    worker.send(job);
  });
}
