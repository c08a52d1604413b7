import { AsyncLocalStorage } from "node:async_hooks";

/** Receives an error of an instance's code that the code did not catch. */
export type UncaughtErrorReceiver = (errorType: string, thrown: unknown) => void;

const running = new AsyncLocalStorage<UncaughtErrorReceiver>();
let users = 0;

/**
 * Runs code of an instance. Errors that the code does not catch go to `receive` and do not end the process, because on AWS
 * they end only the sandbox of the function.
 */
export function withUncaughtErrors<T>(receive: UncaughtErrorReceiver, run: () => T): T {
  return running.run(receive, run);
}

/** Handles the process's uncaught errors until the returned function is called. */
export function watchUncaughtErrors(): () => void {
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
  // Node ends the process only without a listener: as the only listener, rethrow errors that are not an instance's.
  else if (process.listenerCount("unhandledRejection") === 1) throw reason;
}

function onException(error: unknown): void {
  const receive = running.getStore();
  if (receive !== undefined) receive("Runtime.UncaughtException", error);
  else if (process.listenerCount("uncaughtException") === 1) throw error;
}
