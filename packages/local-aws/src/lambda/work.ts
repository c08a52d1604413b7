import type { Clock } from "../clock/clock.ts";

/**
 * The pending work of an instance of a function. It decides whether the instance holds the clock.
 *
 * An instance without an invocation is frozen. During an invocation it holds the clock, with two exceptions: the server
 * deliberately delays the replies to all of its requests, or the instance has no request and waits for a timer. Requests are
 * counted here, on the client's side, because the server does not know requests that have not arrived.
 */
export type Work = {
  /** Starts work outside of the function, such as a request; it ends when the returned function is called. */
  open(): () => void;
  /** The server delays one reply deliberately, until the returned function is called. */
  parkReply(): () => void;
  /** The function has a timer pending, until the returned function is called. */
  addTimer(): () => void;
  /** Delivers an answer or a timer to the function: at once, or when the instance is thawed. */
  deliver(run: () => void): void;
  /** Resolves when the instance is not frozen. Stays pending after the instance's end. */
  awake(): Promise<void>;
  /** An invocation starts. Delivers what arrived while the instance was frozen. */
  thaw(): void;
  /** The invocation has ended. The instance does not hold the clock, and deliveries wait for the next invocation. */
  freeze(): void;
  /** The instance has ended. It never holds the clock again, and all deliveries are dropped. */
  end(): void;
};

export function instanceWork(clock: Clock): Work {
  let open = 0;
  let timers = 0;
  let state: "awake" | "frozen" | "ended" = "frozen";
  let waiting: (() => void)[] = [];
  const parked = new Set<symbol>();
  let release: (() => void) | undefined;

  function update(): void {
    const waits = open === 0 ? timers > 0 : open <= parked.size;
    if (state !== "awake" || waits) {
      release?.();
      release = undefined;
    } else {
      release ??= clock.hold();
    }
  }

  /** Returns a function that calls `undo` the first time that it is called. */
  function until(undo: () => void): () => void {
    update();
    let done = false;
    return () => {
      if (done) return;
      done = true;
      undo();
      update();
    };
  }

  function deliver(run: () => void): void {
    if (state === "awake") run();
    else if (state === "frozen") waiting.push(run);
  }

  return {
    deliver,
    awake: () => new Promise((resolve) => deliver(resolve)),
    open() {
      open += 1;
      return until(() => {
        open -= 1;
        // The function can abandon a request before the server notices: its delayed reply no longer counts.
        const [abandoned] = parked;
        if (parked.size > open && abandoned !== undefined) parked.delete(abandoned);
      });
    },
    parkReply() {
      const reply = Symbol("reply");
      if (parked.size < open) parked.add(reply);
      return until(() => parked.delete(reply));
    },
    addTimer() {
      timers += 1;
      return until(() => {
        timers -= 1;
      });
    },
    thaw() {
      if (state === "ended") return;
      state = "awake";
      update();
      const delivered = waiting;
      waiting = [];
      // Each delivery can freeze or end the instance again.
      for (const run of delivered) deliver(run);
    },
    freeze() {
      if (state !== "ended") state = "frozen";
      update();
    },
    end() {
      state = "ended";
      waiting = [];
      update();
    },
  };
}
