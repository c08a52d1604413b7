import {
  RedriveExecution$,
  StartExecution$,
  StopExecution$,
  type RedriveExecutionInput,
  type RedriveExecutionOutput,
  type StartExecutionInput,
  type StartExecutionOutput,
  type StopExecutionInput,
  type StopExecutionOutput,
} from "@aws-sdk/client-sfn";
import { AwsError } from "../../../protocol/errors.ts";
import { operation, type Operation, type Parsed } from "../../../protocol/service.ts";
import { checkName, executionArn } from "./arns.ts";
import { DATA_LIMIT_BYTES, StateError, validationError } from "../language/errors.ts";
import { Execution } from "../interpreter/execution.ts";
import { parseJson } from "../language/json.ts";
import { notRedrivableReason } from "./redrive.ts";
import type { Store } from "./store.ts";

const DAY_MS = 86_400_000;
/** How long the name of an ended execution stays reserved. */
const NAME_DAYS = 90;
/** How long RedriveExecution remembers client tokens, and how many of each execution. */
const REDRIVE_TOKEN_MS = 15 * 60_000;
const REDRIVE_TOKENS = 10;

/** StartExecution, StopExecution, RedriveExecution. */
export function executionControl(store: Store): Record<string, Operation> {
  const redriver = new Redriver(store);
  return {
    StartExecution: operation<StartExecutionInput, StartExecutionOutput>(
      StartExecution$,
      ["stateMachineArn", "name", "input"],
      (input) => start(store, input),
    ),
    StopExecution: operation<StopExecutionInput, StopExecutionOutput>(
      StopExecution$,
      ["executionArn", "error", "cause"],
      ({ executionArn: arn, error, cause }) => {
        const execution = store.execution(arn);
        if (execution.status === "RUNNING") execution.stop(new StateError(error, cause));
        return { stopDate: new Date(execution.stoppedAt ?? store.world.clock.now()) };
      },
    ),
    RedriveExecution: operation<RedriveExecutionInput, RedriveExecutionOutput>(
      RedriveExecution$,
      ["executionArn", "clientToken"],
      (input) => redriver.redrive(input),
    ),
  };
}

/**
 * Idempotent for the same name and input while the execution runs. The name of an ended execution is reserved for 90
 * days.
 */
function start(store: Store, request: Parsed<StartExecutionInput>): StartExecutionOutput {
  const { stateMachineArn, name = store.uuid(), input = "{}" } = request;
  const machine = store.machine(stateMachineArn);
  checkName(name);
  checkInput(input);
  const arn = executionArn(machine.arn, name);
  const existing = store.executions.get(arn);
  if (existing !== undefined && isTaken(existing, store.world.clock.now())) {
    if (existing.status === "RUNNING" && existing.input === input)
      return { executionArn: arn, startDate: new Date(existing.startedAt) };
    throw new AwsError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);
  }
  const execution = new Execution(store, machine, { arn, name, input });
  store.executions.delete(arn);
  store.executions.set(arn, execution);
  execution.start();
  return { executionArn: arn, startDate: new Date(execution.startedAt) };
}

function isTaken({ stoppedAt }: Execution, now: number): boolean {
  return stoppedAt === undefined || now - stoppedAt <= NAME_DAYS * DAY_MS;
}

function checkInput(input: string): void {
  if (Buffer.byteLength(input) > DATA_LIMIT_BYTES)
    throw validationError("input", input, `Member must have length less than or equal to ${DATA_LIMIT_BYTES}`);
  try {
    parseJson(input);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new AwsError("InvalidExecutionInput", `Invalid State Machine Execution Input: '${problem}'`);
  }
}

type UsedToken = { token: string; usedAt: number; redrivenAt: number };

/** Redrives executions, and remembers the client tokens of the last redrives of each execution. */
class Redriver {
  readonly #store: Store;
  readonly #used = new Map<string, readonly UsedToken[]>();

  constructor(store: Store) {
    this.#store = store;
  }

  redrive({ executionArn: arn, clientToken }: Parsed<RedriveExecutionInput>): RedriveExecutionOutput {
    const execution = this.#store.execution(arn);
    const now = this.#store.world.clock.now();
    const used = (this.#used.get(arn) ?? []).filter(({ usedAt }) => now - usedAt <= REDRIVE_TOKEN_MS);
    const same = used.find(({ token }) => token === clientToken);
    if (same !== undefined) return { redriveDate: new Date(same.redrivenAt) };
    const reason = notRedrivableReason(execution, now);
    if (reason !== undefined) throw new AwsError("ExecutionNotRedrivable", reason);
    execution.redrive();
    if (clientToken !== undefined)
      this.#used.set(arn, [...used, { token: clientToken, usedAt: now, redrivenAt: now }].slice(-REDRIVE_TOKENS));
    return { redriveDate: new Date(now) };
  }
}
