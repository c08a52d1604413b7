import { AwsError } from "../../../protocol/errors.ts";
import type { Execution } from "../interpreter/execution.ts";

/** What DescribeExecution tells of. */
export type Appearance = Pick<
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
 * How executions looked some time ago: DescribeExecution is eventually consistent.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
 */
export class Past {
  readonly #ageMs: number;
  readonly #appearances = new Map<string, { since: number; appearance: Appearance }[]>();

  /** @param ageMs how old what is told is; 0 for the present */
  constructor(ageMs: number) {
    this.#ageMs = ageMs;
  }

  /** To be told of every change of an execution's status. */
  record(execution: Execution, now: number): void {
    if (this.#ageMs === 0) return;
    const appearances = this.#appearances.get(execution.arn) ?? [];
    appearances.push({ since: now, appearance: appearanceOf(execution) });
    this.#appearances.set(execution.arn, appearances);
  }

  /** @throws AwsError `ExecutionDoesNotExist` for one that did not exist then */
  of(execution: Execution, now: number): Appearance {
    if (this.#ageMs === 0) return execution;
    const then = this.#appearances.get(execution.arn)?.findLast(({ since }) => since + this.#ageMs <= now);
    if (then !== undefined) return then.appearance;
    throw new AwsError("ExecutionDoesNotExist", `Execution Does Not Exist: '${execution.arn}'`);
  }
}

function appearanceOf(execution: Execution): Appearance {
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
