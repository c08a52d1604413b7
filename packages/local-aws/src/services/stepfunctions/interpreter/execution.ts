import type { HistoryEventType } from "@aws-sdk/client-sfn";
import type { Timer } from "../../../clock/clock.ts";
import type { World } from "../../../world/world.ts";
import { Branch } from "./branch.ts";
import type { Definition } from "../definition/model.ts";
import { Aborted, StateError } from "../language/errors.ts";
import { History, HISTORY_LIMIT, WHOLE, type EventDetails, type RecordedEvent } from "./history.ts";
import { runBranch } from "./interpreter.ts";
import { jsonText, parseJson, type Json, type JsonObject } from "../language/json.ts";
import { AbortScope, Activity } from "./activity.ts";
import type { TaskTokens } from "./tokens.ts";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

export type StateMachine = {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly definition: Definition;
};

/** What all executions share. */
export type ExecutionHost = {
  readonly world: World;
  readonly tokens: TaskTokens;
  eventRecorded(execution: Execution, event: RecordedEvent): void;
  statusChanged(execution: Execution): void;
  /** Reports a bug of the interpreter. */
  defect(error: unknown, where: string): void;
};

export type ExecutionIdentity = { arn: string; name: string; input: string };

/** One execution, including its redrives. */
export class Execution {
  readonly host: ExecutionHost;
  readonly machine: StateMachine;
  readonly arn: string;
  readonly name: string;
  readonly input: string;
  readonly startedAt: number;
  readonly history = new History();
  readonly activity: Activity;
  readonly #root: Branch;
  status: ExecutionStatus = "RUNNING";
  stoppedAt: number | undefined;
  output: string | undefined;
  error: string | undefined;
  cause: string | undefined;
  redriveCount = 0;
  redrivenAt: number | undefined;
  /** State transitions as AWS bills them: one for each entered state, retry and redrive. */
  stateTransitions = 0;
  #deadline: Timer | undefined;

  constructor(host: ExecutionHost, machine: StateMachine, { arn, name, input }: ExecutionIdentity) {
    this.host = host;
    this.machine = machine;
    this.arn = arn;
    this.name = name;
    this.input = input;
    this.startedAt = host.world.clock.now();
    this.activity = new Activity(host.world.clock);
    this.#root = new Branch(machine.definition, parseJson(input), {}, undefined);
  }

  start(): void {
    const { roleArn } = this.machine;
    this.#append("ExecutionStarted", 0, {
      executionStartedEventDetails: { input: this.input, inputDetails: WHOLE, roleArn },
    });
    this.#root.open(new AbortScope(), 0);
    this.#begin();
  }

  /** Continues where the execution stopped. The caller must check that the execution can be redriven. */
  redrive(): void {
    this.redriveCount += 1;
    this.redrivenAt = this.host.world.clock.now();
    this.stateTransitions += 1;
    this.status = "RUNNING";
    this.stoppedAt = undefined;
    this.error = undefined;
    this.cause = undefined;
    const event = this.#append("ExecutionRedriven", this.history.length, {
      executionRedrivenEventDetails: { redriveCount: this.redriveCount },
    });
    this.#root.resume();
    this.#root.open(new AbortScope(), event.id);
    this.#begin();
  }

  #begin(): void {
    const { timeoutSeconds } = this.machine.definition;
    if (timeoutSeconds !== undefined)
      this.#deadline = this.host.world.clock.after(timeoutSeconds * 1000, () => this.#timeOut());
    this.host.statusChanged(this);
    this.runThread(
      this.#root,
      (output) => this.#succeed(output),
      (failure) => this.#fail(failure),
    );
  }

  /**
   * Runs a branch concurrently, and holds the clock while the branch computes. Calls either `succeeded` or `failed`, unless
   * the branch is aborted.
   */
  runThread(branch: Branch, succeeded: (output: Json) => void, failed: (failure: StateError) => void): void {
    this.activity.begin();
    void Promise.resolve()
      .then(async () => runBranch(this, branch))
      .then(succeeded, (error: unknown) => {
        if (error instanceof StateError) failed(error);
        else throw error;
      })
      .catch((error: unknown) => {
        if (!(error instanceof Aborted)) this.#crash(error);
      })
      .finally(() => this.activity.end());
  }

  /**
   * Records an event of a branch and moves the branch's cursor to it.
   *
   * @returns the event's id
   * @throws Aborted when the branch is aborted, also by this event if the history is full
   */
  record(branch: Branch, type: HistoryEventType, details: EventDetails = {}, previous = branch.cursor): number {
    branch.scope.throwIfAborted();
    if (this.history.length >= HISTORY_LIMIT - 1) {
      this.#fail(
        new StateError(
          "States.Runtime",
          `The execution reached the maximum number of history events (${HISTORY_LIMIT}).`,
        ),
      );
      throw new Aborted();
    }
    branch.cursor = this.#append(type, previous, details).id;
    return branch.cursor;
  }

  /** `Execution` of the context object. */
  contextEntry(): JsonObject {
    const { redrivenAt } = this;
    return {
      Id: this.arn,
      Input: this.#root.input,
      Name: this.name,
      RoleArn: this.machine.roleArn,
      StartTime: new Date(this.startedAt).toISOString(),
      RedriveCount: this.redriveCount,
      ...(redrivenAt === undefined ? {} : { RedriveTime: new Date(redrivenAt).toISOString() }),
    };
  }

  /** StopExecution. */
  stop(failure: StateError): void {
    this.#end("ABORTED", "ExecutionAborted", { executionAbortedEventDetails: failure.toDetails() }, failure);
  }

  #timeOut(): void {
    this.#end("TIMED_OUT", "ExecutionTimedOut", { executionTimedOutEventDetails: {} });
  }

  #fail(failure: StateError): void {
    if (this.#root.status === "open") this.#root.status = "failed";
    this.#end("FAILED", "ExecutionFailed", { executionFailedEventDetails: failure.toDetails() }, failure);
  }

  /** Ends the execution on a bug of the interpreter, so that it does not stay RUNNING. */
  #crash(error: unknown): void {
    this.host.defect(error, this.arn);
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (this.status === "RUNNING") this.#fail(new StateError("States.Runtime", `The local AWS failed: ${problem}`));
  }

  #succeed(output: Json): void {
    this.#root.status = "succeeded";
    this.output = jsonText(output);
    this.#end("SUCCEEDED", "ExecutionSucceeded", {
      executionSucceededEventDetails: { output: this.output, outputDetails: WHOLE },
    });
  }

  #end(status: ExecutionStatus, type: HistoryEventType, details: EventDetails, failure?: StateError): void {
    this.status = status;
    this.stoppedAt = this.host.world.clock.now();
    this.error = failure?.error;
    this.cause = failure?.explanation;
    this.#deadline?.cancel();
    this.#root.abort();
    this.#append(type, this.#root.cursor, details);
    this.host.statusChanged(this);
  }

  #append(type: HistoryEventType, previous: number, details: EventDetails): RecordedEvent {
    const event = this.history.append(type, previous, this.host.world.clock.now(), details);
    this.host.eventRecorded(this, event);
    return event;
  }
}
