import { AwsError } from "../../../protocol/errors.ts";
import type { Execution } from "../interpreter/execution.ts";

/** The data of an execution that DescribeExecution returns. */
export type ExecutionSnapshot = Pick<
  Execution,
  | "arn"
  | "machine"
  | "name"
  | "input"
  | "startedAt"
  | "status"
  | "stoppedAt"
  | "output"
  | "error"
  | "cause"
  | "redriveCount"
  | "redrivenAt"
  | "history"
>;

/**
 * Past states of executions: DescribeExecution is eventually consistent.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
 */
export class ExecutionSnapshots {
  readonly #ageMs: number;
  readonly #snapshots = new Map<string, { since: number; snapshot: ExecutionSnapshot }[]>();

  /** @param ageMs the age of the states that `of` returns; 0 for the present state */
  constructor(ageMs: number) {
    this.#ageMs = ageMs;
  }

  /** Must be called after every change of an execution's status. */
  record(execution: Execution, now: number): void {
    if (this.#ageMs === 0) return;
    const snapshots = this.#snapshots.get(execution.arn) ?? [];
    snapshots.push({ since: now, snapshot: snapshotOf(execution) });
    this.#snapshots.set(execution.arn, snapshots);
  }

  /** @throws AwsError `ExecutionDoesNotExist` for an execution that did not exist at that time */
  of(execution: Execution, now: number): ExecutionSnapshot {
    if (this.#ageMs === 0) return execution;
    const then = this.#snapshots.get(execution.arn)?.findLast(({ since }) => since + this.#ageMs <= now);
    if (then !== undefined) return then.snapshot;
    throw new AwsError("ExecutionDoesNotExist", `Execution Does Not Exist: '${execution.arn}'`);
  }
}

function snapshotOf(execution: Execution): ExecutionSnapshot {
  const { arn, machine, name, input, startedAt, status, stoppedAt, output, error, cause } = execution;
  const { redriveCount, redrivenAt, history } = execution;
  return {
    arn,
    machine,
    name,
    input,
    startedAt,
    status,
    stoppedAt,
    output,
    error,
    cause,
    redriveCount,
    redrivenAt,
    history,
  };
}
