import type { Clock } from "../../../clock/clock.ts";
import { Aborted } from "../language/errors.ts";

/** Aborts a branch. Aborting a scope aborts its child scopes. */
export class AbortScope {
  #aborted = false;
  readonly #listeners = new Set<() => void>();

  /** @throws Aborted when the scope is aborted. */
  throwIfAborted(): void {
    if (this.#aborted) throw new Aborted();
  }

  /** Calls `listener` when the scope is aborted. @returns removes the listener */
  onAbort(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  child(): AbortScope {
    const child = new AbortScope();
    if (this.#aborted) child.abort();
    else this.onAbort(() => child.abort());
    return child;
  }

  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

/** End a wait. Only the first call has an effect. */
export type Resolvers<T> = { resolve: (value: T) => void; reject: (error: unknown) => void };

/**
 * Holds the clock while any branch of an execution computes. A branch that waits for a timer, a token, a function or its
 * own branches is parked and does not hold the clock.
 */
export class Activity {
  readonly #clock: Clock;
  #working = 0;
  #release: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(): void {
    if (this.#working === 0) this.#release = this.#clock.hold();
    this.#working += 1;
  }

  end(): void {
    this.#working -= 1;
    if (this.#working === 0) this.#release?.();
  }

  /**
   * Parks the calling branch until one of the resolvers is called. `start` may return a cleanup function, which is called
   * once, when the wait ends or the scope is aborted. After an abort the promise stays pending forever, so that the branch
   * never continues.
   *
   * @throws Aborted when the scope is already aborted.
   */
  park<T>(scope: AbortScope, start: (resolvers: Resolvers<T>) => (() => void) | undefined): Promise<T> {
    scope.throwIfAborted();
    return new Promise<T>((resolve, reject) => {
      let open = true;
      let cleanUp: (() => void) | undefined;
      const close = (): boolean => {
        if (!open) return false;
        open = false;
        removeListener();
        cleanUp?.();
        return true;
      };
      const removeListener = scope.onAbort(close);
      const wake = (proceed: () => void): void => {
        if (!close()) return;
        this.begin();
        proceed();
      };
      cleanUp = start({
        resolve: (value) => wake(() => resolve(value)),
        reject: (error) => wake(() => reject(error)),
      });
      if (!open) cleanUp?.();
      this.end();
    });
  }
}
