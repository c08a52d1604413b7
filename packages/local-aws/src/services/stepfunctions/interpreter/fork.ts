import type { Branch } from "./branch.ts";
import type { StateError } from "../language/errors.ts";
import type { Execution } from "./execution.ts";
import type { Settle } from "./lifeline.ts";
import type { Visit } from "./visit.ts";

/** What distinguishes a Map from a Parallel while its branches run. */
export type ForkRules = {
  /** Most branches that run at a time. */
  concurrency: number;
  /** A branch begins for the first time. `previous` is the event that it follows. */
  begun(child: Branch, previous: number): void;
  succeeded(child: Branch): void;
  /** Gives what the whole fails with, or undefined when it goes on without this branch. */
  failed(child: Branch, failure: StateError): StateError | undefined;
  /** A branch was cut off because another failed; `previous` is that one's last event. */
  aborted(child: Branch, previous: number): void;
};

/**
 * Runs the branches of a Map or a Parallel that are not done yet. Afterwards the parent's cursor is that of the branch
 * that ended last, or failed.
 *
 * @throws StateError of the branch that made the whole fail; the others are cut off
 */
export async function runFork(visit: Visit, children: readonly Branch[], rules: ForkRules): Promise<void> {
  const queue = children.filter((child) => child.status !== "succeeded");
  if (queue.length === 0) return;
  const { execution, branch } = visit;
  await execution.activity.park<void>(branch.lifeline, (settle) => {
    new Fork(visit, queue, rules, settle).fill(branch.cursor);
    return undefined;
  });
}

class Fork {
  readonly #execution: Execution;
  readonly #parent: Branch;
  readonly #queue: readonly Branch[];
  readonly #rules: ForkRules;
  readonly #settle: Settle<void>;
  #started = 0;
  #running = 0;

  constructor(visit: Visit, queue: readonly Branch[], rules: ForkRules, settle: Settle<void>) {
    this.#execution = visit.execution;
    this.#parent = visit.branch;
    this.#queue = queue;
    this.#rules = rules;
    this.#settle = settle;
  }

  /** Starts as many branches as may run. */
  fill(previous: number): void {
    while (this.#running < this.#rules.concurrency) {
      const child = this.#queue[this.#started];
      if (child === undefined) break;
      this.#started += 1;
      this.#running += 1;
      this.#start(child, previous);
    }
  }

  #start(child: Branch, previous: number): void {
    const first = child.status === "waiting";
    child.open(this.#parent.lifeline.child(), previous);
    if (first) this.#rules.begun(child, previous);
    this.#execution.runThread(
      child,
      () => this.#ended(child, undefined),
      (failure) => this.#ended(child, failure),
    );
  }

  #ended(child: Branch, failure: StateError | undefined): void {
    this.#running -= 1;
    const last = child.cursor;
    child.status = failure === undefined ? "succeeded" : "failed";
    if (failure === undefined) this.#rules.succeeded(child);
    else {
      const fatal = this.#rules.failed(child, failure);
      if (fatal !== undefined) {
        this.#abortOthers(child, last);
        this.#parent.cursor = last;
        this.#settle.reject(fatal);
        return;
      }
    }
    this.fill(last);
    if (this.#running > 0) return;
    this.#parent.cursor = last;
    this.#settle.resolve();
  }

  #abortOthers(failed: Branch, previous: number): void {
    for (const child of this.#queue) {
      if (child === failed || child.status !== "open") continue;
      recordAborted(this.#execution, this.#parent, child, previous);
      this.#rules.aborted(child, previous);
      child.abort();
    }
  }
}

/** The state that a branch stood in when it was cut off, and those inside it, innermost first. */
export function recordAborted(execution: Execution, recorder: Branch, branch: Branch, previous: number): void {
  const position = branch.position;
  if (position === undefined) return;
  for (const [index, child] of (position.children ?? []).entries()) {
    if (child.status !== "open") continue;
    recordAborted(execution, recorder, child, previous);
    if (position.state.type === "Map")
      execution.record(
        recorder,
        "MapIterationAborted",
        { mapIterationAbortedEventDetails: { name: position.state.name, index } },
        previous,
      );
  }
  const { type } = position.state;
  if (type === "Task" || type === "Wait" || type === "Map" || type === "Parallel")
    execution.record(recorder, `${type}StateAborted`, {}, previous);
}
