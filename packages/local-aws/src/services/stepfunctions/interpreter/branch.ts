import type { Flow, State } from "../definition/model.ts";
import type { Json, JsonObject } from "../language/json.ts";
import { Lifeline } from "./lifeline.ts";

/** Where a branch stands: in one state, entered and not yet left. A redrive goes on from here. */
export type Position = {
  readonly state: State;
  readonly input: Json;
  readonly enteredEventId: number;
  readonly enteredAt: number;
  /** The event before the one of entering: what an evaluation that fails on entering refers to. */
  readonly beforeEntering: number;
  /** True until something has happened in the state. */
  entering: boolean;
  /** `State.RetryCount` of the context object. */
  retryCount: number;
  /** Of a Map or a Parallel, once started. */
  children: readonly Branch[] | undefined;
  /** True when a redrive has put the branch here again, until its state takes notice. */
  resumed: boolean;
};

/** The item of the nearest Map around: `Map.Item` of the context object. */
export type MapItem = { index: number; value: Json };

/** `waiting` has not begun; `failed` and `aborted` can go on by a redrive. */
export type BranchStatus = "waiting" | "open" | "succeeded" | "failed" | "aborted";

/** One line of states being run: the whole machine, a branch of a Parallel, an iteration of a Map. */
export class Branch {
  readonly flow: Flow;
  readonly input: Json;
  readonly item: MapItem | undefined;
  status: BranchStatus = "waiting";
  position: Position | undefined;
  output: Json = null;
  /** Those of the branches around it included, as they were when this one began. */
  variables: JsonObject;
  /** `previousEventId` of the next event. */
  cursor = 0;
  lifeline = new Lifeline();

  constructor(flow: Flow, input: Json, variables: JsonObject, item: MapItem | undefined) {
    this.flow = flow;
    this.input = input;
    this.variables = variables;
    this.item = item;
  }

  /** Begins, or goes on after a redrive. */
  open(lifeline: Lifeline, cursor: number): void {
    this.status = "open";
    this.lifeline = lifeline;
    this.cursor = cursor;
  }

  /** Prepares this branch and those in it to go on where they stopped. */
  resume(): void {
    if (this.position === undefined) return;
    this.position.resumed = true;
    this.position.retryCount = 0;
    for (const child of this.position.children ?? [])
      if (child.status === "failed" || child.status === "aborted") child.resume();
  }

  /** Marks what is still open as aborted, this branch and those in it. */
  abort(): void {
    this.lifeline.end();
    if (this.status === "open") this.status = "aborted";
    for (const child of this.position?.children ?? []) if (child.status === "open") child.abort();
  }
}
