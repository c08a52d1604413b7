import { AsyncLocalStorage } from "node:async_hooks";

/** Receives an error that was thrown by code of an instance where nobody could catch it. */
export type StrayErrorReceiver = (errorType: string, thrown: unknown) => void;

const running = new AsyncLocalStorage<StrayErrorReceiver>();
let users = 0;

/**
 * Runs code of an instance such that what it throws to nobody reaches `receive`, instead of ending the process: on AWS
 * it ends the sandbox of this one function.
 */
export function withStrayErrors<T>(receive: StrayErrorReceiver, run: () => T): T {
  return running.run(receive, run);
}

/** Watches for stray errors until the returned function is called. */
export function watchStrayErrors(): () => void {
  users += 1;
  if (users === 1) {
    process.on("unhandledRejection", onRejection);
    process.on("uncaughtException", onException);
  }
  return () => {
    users -= 1;
    if (users > 0) return;
    process.off("unhandledRejection", onRejection);
    process.off("uncaughtException", onException);
  };
}

function onRejection(reason: unknown): void {
  const receive = running.getStore();
  if (receive !== undefined) receive("Runtime.UnhandledPromiseRejection", reason);
  // Without a listener Node would end the process: nobody else's error may be swallowed because this one listens.
  else if (process.listenerCount("unhandledRejection") === 1) throw reason;
}

function onException(error: unknown): void {
  const receive = running.getStore();
  if (receive !== undefined) receive("Runtime.UncaughtException", error);
  else if (process.listenerCount("uncaughtException") === 1) throw error;
}
