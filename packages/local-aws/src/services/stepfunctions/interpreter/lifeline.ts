import type { Clock } from "../../../clock/clock.ts";
import { Aborted } from "../language/errors.ts";

/** Whether a branch may go on. Ending one ends those made from it. */
export class Lifeline {
  #ended = false;
  readonly #listeners = new Set<() => void>();

  get ended(): boolean {
    return this.#ended;
  }

  /** @throws Aborted when it has ended. */
  check(): void {
    if (this.#ended) throw new Aborted();
  }

  /** Calls `listener` when it ends; the returned function takes that back. */
  onEnd(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  child(): Lifeline {
    const child = new Lifeline();
    if (this.#ended) child.end();
    else this.onEnd(() => child.end());
    return child;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

/** Ends a wait. Only the first call counts. */
export type Settle<T> = { resolve: (value: T) => void; reject: (error: unknown) => void };

/**
 * Counts the branches of one execution that compute, and holds the clock while there are any. A branch that waits for
 * a timer, a token, a function or its own branches is parked and holds nothing.
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
   * Parks the calling branch until `start` has its wait settled. `start` may return what undoes it: called once, when
   * the wait settles or the lifeline ends. After the end of the lifeline the promise stays pending for good, which
   * drops the branch where it stands.
   *
   * @throws Aborted when the lifeline has ended already.
   */
  park<T>(lifeline: Lifeline, start: (settle: Settle<T>) => (() => void) | undefined): Promise<T> {
    lifeline.check();
    return new Promise<T>((resolve, reject) => {
      let open = true;
      let undo: (() => void) | undefined;
      const close = (): boolean => {
        if (!open) return false;
        open = false;
        forget();
        undo?.();
        return true;
      };
      const forget = lifeline.onEnd(close);
      const wake = (go: () => void): void => {
        if (!close()) return;
        this.begin();
        go();
      };
      undo = start({
        resolve: (value) => wake(() => resolve(value)),
        reject: (error) => wake(() => reject(error)),
      });
      if (!open) undo?.();
      this.end();
    });
  }
}
