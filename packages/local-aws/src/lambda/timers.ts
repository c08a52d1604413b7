import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as nextTurn } from "node:timers";
import { promisify } from "node:util";
import type { Clock, Timer } from "../clock/clock.ts";
import type { Work } from "./work.ts";

/** Maximum delay of Node's timers. Node replaces delays outside of 1 … this by 1 (nodejs.org/api/timers.html). */
const maxDelayMs = 2 ** 31 - 1;

type Callback = (...args: unknown[]) => void;
type WaitOptions = { signal?: AbortSignal };

/** Node's timers on the clock, for one instance of a function: `node:timers` and the globals. */
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
  /** Cancels all pending timers. Later timers never fire. */
  discard(): void;
};

type TimerPromises = {
  setTimeout: <T>(delayMs?: number, value?: T, options?: WaitOptions) => Promise<T | undefined>;
  setImmediate: <T>(value?: T, options?: WaitOptions) => Promise<T | undefined>;
  setInterval: <T>(delayMs?: number, value?: T, options?: WaitOptions) => AsyncGenerator<T | undefined>;
  scheduler: { wait: (delayMs: number, options?: WaitOptions) => Promise<void>; yield: () => Promise<void> };
};

/** Node's `Timeout`. These timers do not keep the process alive, so `ref` and `unref` only change `hasRef`. */
class Timeout {
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
 * @param work counts the pending timers
 * @param onUncaught called with the errors that the timers' callbacks throw
 */
export function instanceTimers(clock: Clock, work: Work, onUncaught: (error: unknown) => void): InstanceTimers {
  const byId = new Map<number, Timeout>();
  let created = 0;
  let discarded = false;

  /** @param schedule calls `fire` after the delay */
  function create(run: Callback, args: unknown[], repeats: boolean, schedule: (fire: () => void) => Timer): Timeout {
    created += 1;
    const id = created;
    // Node runs a timer in the asynchronous context of its creation; the clock would run it in another one.
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
      // A timer that is due while its instance is frozen fires when the instance is thawed, unless it is cleared before.
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
      const done = work.open();
      const immediate = nextTurn(() => {
        done();
        fire();
      });
      return {
        cancel() {
          done();
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
  return delay >= 1 && delay <= maxDelayMs ? delay : 1;
}

/** `node:timers/promises` on the timers of one instance. */
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
