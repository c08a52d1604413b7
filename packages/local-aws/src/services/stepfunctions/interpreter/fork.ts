import type { Branch } from "./branch.ts";
import type { StateError } from "../language/errors.ts";
import type { Execution } from "./execution.ts";
import type { Resolvers } from "./activity.ts";
import type { StateRun } from "./state-run.ts";

/** The differences between a Map and a Parallel while their branches run. */
export type ForkRules = {
  /** Maximum number of branches that run at a time. */
  concurrency: number;
  /** A branch starts for the first time. `previous` is the id of the event before it. */
  begun(child: Branch, previous: number): void;
  succeeded(child: Branch): void;
  /** Returns the error of the whole Map or Parallel, or undefined when the other branches continue. */
  failed(child: Branch, failure: StateError): StateError | undefined;
  /** A branch was aborted because another branch failed. `previous` is the id of the failed branch's last event. */
  aborted(child: Branch, previous: number): void;
};

/**
 * Runs the branches of a Map or a Parallel that have not succeeded yet. Afterwards the parent's cursor is that of the
 * branch that ended last or failed.
 *
 * @throws StateError the error of the Map or Parallel; its other branches are aborted
 */
export async function runFork(stateRun: StateRun, children: readonly Branch[], rules: ForkRules): Promise<void> {
  const queue = children.filter((child) => child.status !== "succeeded");
  if (queue.length === 0) return;
  const { execution, branch } = stateRun;
  await execution.activity.park<void>(branch.scope, (resolvers) => {
    new Fork(stateRun, queue, rules, resolvers).fill(branch.cursor);
    return undefined;
  });
}

class Fork {
  readonly #execution: Execution;
  readonly #parent: Branch;
  readonly #queue: readonly Branch[];
  readonly #rules: ForkRules;
  readonly #resolvers: Resolvers<void>;
  #started = 0;
  #running = 0;

  constructor(stateRun: StateRun, queue: readonly Branch[], rules: ForkRules, resolvers: Resolvers<void>) {
    this.#execution = stateRun.execution;
    this.#parent = stateRun.branch;
    this.#queue = queue;
    this.#rules = rules;
    this.#resolvers = resolvers;
  }

  /** Starts branches up to the maximum concurrency. */
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
    child.open(this.#parent.scope.child(), previous);
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
        this.#resolvers.reject(fatal);
        return;
      }
    }
    this.fill(last);
    if (this.#running > 0) return;
    this.#parent.cursor = last;
    this.#resolvers.resolve();
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

/** Records that the current state of an aborted branch, and the states nested in it, were aborted, innermost first. */
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
