import { AwsError } from "../../../protocol/errors.ts";
import type { World } from "../../../world/world.ts";
import { checkArn } from "./arns.ts";
import { Execution, type ExecutionHost, type StateMachine } from "../interpreter/execution.ts";
import { createExpressions, type Expressions } from "../language/expressions.ts";
import { uuidFrom } from "../../../protocol/identifiers.ts";
import type { RecordedEvent } from "../interpreter/history.ts";
import { type ExecutionSnapshot, ExecutionSnapshots } from "./snapshots.ts";
import { statusChangeEvent } from "./status-event.ts";
import { TaskTokens } from "../interpreter/tokens.ts";

export type StoredMachine = StateMachine & {
  readonly definitionText: string;
  readonly createdAt: number;
  /** Shown after the first update: "The first revision ID when you create the state machine is null" (the SDK's model). */
  readonly revisionId: string;
  readonly isUpdated: boolean;
  readonly tags: readonly { key?: string | undefined; value?: string | undefined }[];
};

/** Called with every history event when it is recorded. */
export type EventListener = (executionArn: string, event: RecordedEvent) => void;

export type StoreOptions = {
  /** Called on a bug of the interpreter, which also fails the execution. */
  onDefect?: (error: unknown, where: string) => void;
  /** Delay in milliseconds after which DescribeExecution shows a change of status; none when absent. */
  staleMs?: number;
};

/** State machines, executions and tokens of one local AWS. */
export class Store implements ExecutionHost {
  readonly world: World;
  readonly tokens: TaskTokens;
  readonly expressions: Expressions;
  readonly machines = new Map<string, StoredMachine>();
  /** In order of their start. */
  readonly executions = new Map<string, Execution>();
  readonly #listeners = new Set<EventListener>();

  readonly defect: (error: unknown, where: string) => void;
  readonly #snapshots: ExecutionSnapshots;

  constructor(world: World, { onDefect = () => undefined, staleMs = 0 }: StoreOptions) {
    this.world = world;
    this.defect = onDefect;
    this.#snapshots = new ExecutionSnapshots(staleMs);
    this.tokens = new TaskTokens(() => world.random());
    this.expressions = createExpressions(world);
  }

  /** @throws AwsError `InvalidArn`, `StateMachineDoesNotExist` */
  machine(arn: string): StoredMachine {
    const machine = this.machines.get(arn);
    if (machine !== undefined) return machine;
    checkArn(arn, "stateMachine");
    throw new AwsError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
  }

  /** @throws AwsError `InvalidArn`, `ExecutionDoesNotExist` */
  execution(arn: string): Execution {
    const execution = this.executions.get(arn);
    if (execution !== undefined) return execution;
    checkArn(arn, "execution");
    throw new AwsError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
  }

  /** The execution as DescribeExecution shows it. @throws AwsError `InvalidArn`, `ExecutionDoesNotExist` */
  snapshot(arn: string): ExecutionSnapshot {
    return this.#snapshots.of(this.execution(arn), this.world.clock.now());
  }

  uuid(): string {
    return uuidFrom(() => this.world.random());
  }

  onEvent(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  eventRecorded(execution: Execution, event: RecordedEvent): void {
    for (const listener of this.#listeners) listener(execution.arn, event);
  }

  statusChanged(execution: Execution): void {
    const now = this.world.clock.now();
    this.#snapshots.record(execution, now);
    this.world.emit(statusChangeEvent(execution, now));
  }
}
