import type { Clock } from "../clock/clock.ts";

/**
 * What an instance of a function is waiting for, and by that whether time may pass for it.
 *
 * It is frozen at first, and whenever nobody has invoked it. Invoked, it holds the clock while it computes or while anything that it asked for is on its way, and lets time pass only when
 * every request of its is deliberately held by the server, or when it has none and sits on a timer. Requests are counted
 * here, on the client's side: the server cannot know of one that has not arrived yet.
 */
export type Work = {
  /** Something outside of the function is under way until the returned function is called: a request, a file being read. */
  open(): () => void;
  /** The server holds one reply deliberately, until the returned function is called. */
  parkReply(): () => void;
  /** The function has a timer pending, until the returned function is called. */
  addTimer(): () => void;
  /** Hands something from outside in, an answer or a timer: at once, or when the instance is thawed. */
  deliver(run: () => void): void;
  /** Settles when something from outside may come in. */
  awake(): Promise<void>;
  /** An invocation begins: what came in the meantime is handed in. */
  thaw(): void;
  /** The invocation is over: nothing is held and nothing comes in until the next one. */
  freeze(): void;
  /** The instance is over: it holds nothing any more, whatever else is reported, and nothing comes in. */
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

  /** Calls `undo` once, however often the answer is called. */
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
        // A request that the function gave up takes the reply with it, whether the server has noticed or not.
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
      // Each may end or freeze the instance again.
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
