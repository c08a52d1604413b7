import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as nextTurn } from "node:timers";
import { promisify } from "node:util";
import type { Clock, Timer } from "../clock/clock.ts";
import type { Work } from "./work.ts";

/** Longest delay that Node's timers take; outside of 1 … this they take 1 (nodejs.org/api/timers.html). */
const longestDelayMs = 2 ** 31 - 1;

type Callback = (...args: unknown[]) => void;
type WaitOptions = { signal?: AbortSignal };

/** Node's timers on the clock, as one instance of a function sees them: `node:timers`, and the globals. */
export type InstanceTimers = {
  timers: {
    setTimeout: (run: Callback, delayMs?: number, ...args: unknown[]) => Timeout;
    setInterval: (run: Callback, delayMs?: number, ...args: unknown[]) => Timeout;
    setImmediate: (run: Callback, ...args: unknown[]) => Timeout;
    clearTimeout: (timeout: unknown) => void;
    clearInterval: (timeout: unknown) => void;
    clearImmediate: (timeout: unknown) => void;
    promises: TimerPromises;
  };
  /** Drops what is pending and takes nothing more. */
  discard(): void;
};

type TimerPromises = {
  setTimeout: <T>(delayMs?: number, value?: T, options?: WaitOptions) => Promise<T | undefined>;
  setImmediate: <T>(value?: T, options?: WaitOptions) => Promise<T | undefined>;
  setInterval: <T>(delayMs?: number, value?: T, options?: WaitOptions) => AsyncGenerator<T | undefined>;
  scheduler: { wait: (delayMs: number, options?: WaitOptions) => Promise<void>; yield: () => Promise<void> };
};

/** What Node's `Timeout` offers. Nothing here keeps a process alive, so that `ref` and `unref` only remember. */
export class Timeout {
  readonly #arm: () => void;
  readonly #disarm: () => void;
  readonly #id: number;
  #referenced = true;

  constructor(id: number, arm: () => void, disarm: () => void) {
    this.#id = id;
    this.#arm = arm;
    this.#disarm = disarm;
  }
  ref(): this {
    this.#referenced = true;
    return this;
  }
  unref(): this {
    this.#referenced = false;
    return this;
  }
  hasRef(): boolean {
    return this.#referenced;
  }
  refresh(): this {
    this.#arm();
    return this;
  }
  close(): this {
    this.#disarm();
    return this;
  }
  [Symbol.toPrimitive](): number {
    return this.#id;
  }
  [Symbol.dispose](): void {
    this.#disarm();
  }
}

/**
 * @param work told of every pending timer
 * @param onUncaught receives what a timer's callback throws
 */
export function instanceTimers(clock: Clock, work: Work, onUncaught: (error: unknown) => void): InstanceTimers {
  const byId = new Map<number, Timeout>();
  let created = 0;
  let discarded = false;

  /** @param schedule starts the wait and answers how to cancel it */
  function create(run: Callback, args: unknown[], repeats: boolean, schedule: (fire: () => void) => Timer): Timeout {
    created += 1;
    const id = created;
    // Node runs a timer in the asynchronous context of whoever made it; the clock would run it in its own.
    const bound = AsyncLocalStorage.bind(() => run(...args));
    let pending: { armed: symbol; timer: Timer; done: () => void } | undefined;

    const disarm = (): void => {
      pending?.timer.cancel();
      pending?.done();
      pending = undefined;
      byId.delete(id);
    };
    const fire = (): void => {
      disarm();
      try {
        if (repeats) arm();
        bound();
      } catch (error) {
        onUncaught(error);
      }
    };
    const timeout = new Timeout(id, () => arm(), disarm);
    const arm = (): void => {
      disarm();
      if (discarded) return;
      const armed = Symbol("armed");
      // A timer that is due while its instance is frozen fires when that is thawed, unless it is cleared first.
      const due = (): void => work.deliver(() => void (pending?.armed === armed && fire()));
      pending = { armed, done: work.addTimer(), timer: schedule(due) };
      byId.set(id, timeout);
    };
    arm();
    return timeout;
  }

  const onClock =
    (repeats: boolean) =>
    (run: Callback, delayMs?: number, ...args: unknown[]): Timeout =>
      create(run, args, repeats, (fire) => clock.after(nodeDelay(delayMs), fire));

  const setImmediate = (run: Callback, ...args: unknown[]): Timeout =>
    create(run, args, false, (fire) => {
      const hold = work.open();
      const immediate = nextTurn(() => {
        hold();
        fire();
      });
      return {
        cancel() {
          hold();
          clearImmediate(immediate);
        },
      };
    });

  const clear = (timeout: unknown): void => {
    const found = timeout instanceof Timeout ? timeout : byId.get(Number(timeout));
    found?.close();
  };

  const setTimeout = onClock(false);
  const promises = timerPromises(setTimeout, setImmediate);
  Object.defineProperty(setTimeout, promisify.custom, { value: promises.setTimeout });
  Object.defineProperty(setImmediate, promisify.custom, { value: promises.setImmediate });
  return {
    timers: {
      setTimeout,
      setInterval: onClock(true),
      setImmediate,
      clearTimeout: clear,
      clearInterval: clear,
      clearImmediate: clear,
      promises,
    },
    discard() {
      discarded = true;
      for (const timeout of byId.values()) timeout.close();
    },
  };
}

function nodeDelay(delayMs: number | undefined): number {
  const delay = Math.trunc(Number(delayMs));
  return delay >= 1 && delay <= longestDelayMs ? delay : 1;
}

/** `node:timers/promises`, made from the timers of one instance. */
function timerPromises(
  setTimeout: InstanceTimers["timers"]["setTimeout"],
  setImmediate: InstanceTimers["timers"]["setImmediate"],
): TimerPromises {
  function wait<T>(start: (run: Callback) => Timeout, value: T, signal: AbortSignal | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const timeout = start(() => {
        signal?.removeEventListener("abort", abort);
        resolve(value);
      });
      const abort = (): void => {
        timeout.close();
        reject(new DOMException("The operation was aborted", "AbortError"));
      };
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  const delay: TimerPromises["setTimeout"] = (delayMs, value, { signal } = {}) =>
    wait((run) => setTimeout(run, delayMs), value, signal);
  const immediate: TimerPromises["setImmediate"] = (value, { signal } = {}) => wait(setImmediate, value, signal);
  return {
    setTimeout: delay,
    setImmediate: immediate,
    async *setInterval(delayMs, value, options) {
      for (;;) yield await delay(delayMs, value, options);
    },
    scheduler: { wait: (delayMs, options) => delay(delayMs, undefined, options), yield: () => immediate() },
  };
}
