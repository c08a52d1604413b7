import type { Flow, State } from "../definition/model.ts";
import type { Json, JsonObject } from "../language/json.ts";
import { AbortScope } from "./activity.ts";

/** The current state of a branch: entered and not yet exited. A redrive continues here. */
export type Position = {
  readonly state: State;
  readonly input: Json;
  readonly enteredEventId: number;
  readonly enteredAt: number;
  /** The event before the entered event: `previousEventId` of an evaluation that fails on entering. */
  readonly beforeEntering: number;
  /** True until the state has scheduled its task, started its branches or begun to wait. */
  entering: boolean;
  /** `State.RetryCount` of the context object. */
  retryCount: number;
  /** Of a Map or a Parallel that has started. */
  children: readonly Branch[] | undefined;
  /** True when a redrive continues here, until the state has processed it. */
  resumed: boolean;
};

/** The item of the nearest enclosing Map: `Map.Item` of the context object. */
export type MapItem = { index: number; value: Json };

/** `waiting`: not started; a redrive continues branches that are `failed` or `aborted`. */
export type BranchStatus = "waiting" | "open" | "succeeded" | "failed" | "aborted";

/** A flow that is being run: the whole state machine, a branch of a Parallel, or an iteration of a Map. */
export class Branch {
  readonly flow: Flow;
  readonly input: Json;
  readonly item: MapItem | undefined;
  status: BranchStatus = "waiting";
  position: Position | undefined;
  output: Json = null;
  /** Includes the variables that the enclosing branches had when this branch began. */
  variables: JsonObject;
  /** `previousEventId` of the next event. */
  cursor = 0;
  scope = new AbortScope();

  constructor(flow: Flow, input: Json, variables: JsonObject, item: MapItem | undefined) {
    this.flow = flow;
    this.input = input;
    this.variables = variables;
    this.item = item;
  }

  /** Starts the branch, or continues it after a redrive. */
  open(scope: AbortScope, cursor: number): void {
    this.status = "open";
    this.scope = scope;
    this.cursor = cursor;
  }

  /** Prepares this branch and its nested branches to continue where they stopped. */
  resume(): void {
    if (this.position === undefined) return;
    this.position.resumed = true;
    this.position.retryCount = 0;
    for (const child of this.position.children ?? [])
      if (child.status === "failed" || child.status === "aborted") child.resume();
  }

  /** Aborts this branch and its nested branches if they are still open. */
  abort(): void {
    this.scope.abort();
    if (this.status === "open") this.status = "aborted";
    for (const child of this.position?.children ?? []) if (child.status === "open") child.abort();
  }
}
