import type { Catcher, Retrier } from "./model.ts";
import type { StateError } from "../language/errors.ts";

/**
 * Whether a Retry or a Catch with these names handles an error. `States.ALL` and `States.TaskFailed` exclude terminal
 * errors, and `States.Runtime` cannot be handled.
 *
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export function matchesError(names: readonly string[], failure: StateError): boolean {
  const { error, alias } = failure;
  if (error === "States.Runtime") return false;
  return names.some((name) => {
    if (name === "States.ALL") return error !== "States.DataLimitExceeded";
    if (name === "States.TaskFailed") return error !== "States.Timeout" && error !== "States.DataLimitExceeded";
    return name === error || (alias !== undefined && name === alias);
  });
}

export function findCatcher(catchers: readonly Catcher[], failure: StateError): Catcher | undefined {
  return catchers.find((catcher) => matchesError(catcher.errorEquals, failure));
}

/** Counts the retries of each retrier, from entering a state to leaving it. */
export class RetryCounter {
  readonly #retriers: readonly Retrier[];
  readonly #used: number[];
  /** `$states.context.State.RetryCount`. */
  total = 0;

  constructor(retriers: readonly Retrier[]) {
    this.#retriers = retriers;
    this.#used = retriers.map(() => 0);
  }

  /** Milliseconds until the next attempt, or undefined when no attempt follows. The first matching retrier applies. */
  next(failure: StateError, random: () => number): number | undefined {
    const index = this.#retriers.findIndex((retrier) => matchesError(retrier.errorEquals, failure));
    const retrier = this.#retriers[index];
    const used = this.#used[index];
    if (retrier === undefined || used === undefined || used >= retrier.maxAttempts) return undefined;
    this.#used[index] = used + 1;
    this.total += 1;
    const backoffSeconds = retrier.intervalSeconds * retrier.backoffRate ** used;
    const seconds = Math.min(backoffSeconds, retrier.maxDelaySeconds);
    return 1000 * (retrier.jitter === "FULL" ? seconds * random() : seconds);
  }
}
