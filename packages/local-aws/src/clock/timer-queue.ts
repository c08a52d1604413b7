/** A timer in the queue. `index` is its position in the heap, by which it can be removed; -1 after its removal. */
export type QueuedTimer = { readonly at: number; readonly order: number; readonly run: () => void; index: number };

/** Pending timers by instant, and by order of creation within an instant. A binary heap, because most timers are cancelled. */
export type TimerQueue = {
  add(at: number, run: () => void): QueuedTimer;
  /** Idempotent. */
  remove(timer: QueuedTimer): void;
  first(): QueuedTimer | undefined;
};

export function timerQueue(): TimerQueue {
  const heap: QueuedTimer[] = [];
  let created = 0;

  return {
    add(at, run) {
      const timer = { at, order: created++, run, index: heap.length };
      heap.push(timer);
      rise(heap, timer);
      return timer;
    },
    remove(timer) {
      if (timer.index < 0) return;
      const last = heap.pop();
      if (last !== undefined && last !== timer) {
        place(heap, last, timer.index);
        rise(heap, last);
        sink(heap, last);
      }
      timer.index = -1;
    },
    first: () => heap[0],
  };
}

function precedes(one: QueuedTimer, other: QueuedTimer): boolean {
  return one.at === other.at ? one.order < other.order : one.at < other.at;
}

function place(heap: QueuedTimer[], timer: QueuedTimer, index: number): void {
  heap[index] = timer;
  timer.index = index;
}

function rise(heap: QueuedTimer[], timer: QueuedTimer): void {
  while (timer.index > 0) {
    const { index } = timer;
    const parent = heap[(index - 1) >> 1];
    if (parent === undefined || precedes(parent, timer)) return;
    const above = parent.index;
    place(heap, parent, index);
    place(heap, timer, above);
  }
}

function sink(heap: QueuedTimer[], timer: QueuedTimer): void {
  for (;;) {
    const left = heap[2 * timer.index + 1];
    const right = heap[2 * timer.index + 2];
    const child = left !== undefined && right !== undefined && precedes(right, left) ? right : left;
    if (child === undefined || precedes(timer, child)) return;
    const { index } = timer;
    place(heap, timer, child.index);
    place(heap, child, index);
  }
}
