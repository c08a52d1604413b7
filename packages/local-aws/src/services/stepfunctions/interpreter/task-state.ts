import type { Timer } from "../../../clock/clock.ts";
import type { TaskState } from "../definition/model.ts";
import { Aborted, StateError } from "../language/errors.ts";
import { isJsonObject, type Json } from "../language/json.ts";
import type { Settle } from "./lifeline.ts";
import { checkSize, evaluate, evaluateInteger, leave, type Outcome, type Visit } from "./visit.ts";
import { withHandling } from "./error-handling.ts";
import { invokeFunction, invokeResult, type Invoked } from "./invocation.ts";
import { taskEvents, type TaskEvents, type TaskLimits } from "./task-events.ts";

export async function runTask(visit: Visit<TaskState>): Promise<Outcome> {
  return withHandling(visit, async () => attempt(visit));
}

async function attempt(visit: Visit<TaskState>): Promise<Outcome> {
  const { execution, position, state } = visit;
  const { resource } = state;
  const waits = resource.kind === "invoke" && resource.waitForTaskToken;
  const token = waits ? execution.host.tokens.issue() : undefined;
  const extras = token === undefined ? {} : { token };
  const input = state.arguments === undefined ? position.input : await evaluate(visit, state.arguments, extras);
  const limits = {
    timeoutSeconds: await evaluateInteger(visit, state.timeoutSeconds, 1, extras),
    heartbeatSeconds: await evaluateInteger(visit, state.heartbeatSeconds, 1, extras),
  };
  const events = taskEvents(visit, resource);
  events.scheduled(input, limits);
  position.entering = false;
  const result = await perform(visit, { input, limits, token, events });
  return leave(visit, state, { ...extras, result }, result);
}

type Job = { input: Json; limits: TaskLimits; token: string | undefined; events: TaskEvents };

/** @throws StateError what the task failed with, after recording it. */
async function perform(visit: Visit<TaskState>, job: Job): Promise<Json> {
  const { execution, branch } = visit;
  const { events, token } = job;
  try {
    const output = await execution.activity.park<Json>(branch.lifeline, (settle) => {
      const limits = startLimits(visit, job.limits, settle);
      if (token !== undefined)
        execution.host.tokens.open(token, { succeed: settle.resolve, fail: settle.reject, beat: limits.beat });
      let waiting = true;
      startFunction(visit, job, settle, () => waiting);
      return () => {
        waiting = false;
        limits.cancel();
        if (token !== undefined) execution.host.tokens.close(token);
      };
    });
    checkSize(output, taskName(visit.state));
    events.succeeded(output);
    return output;
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    if (error instanceof TaskTimeout) events.timedOut(error);
    else events.failed(error);
    throw error;
  }
}

/** `States.Timeout`, by one of the task's own two clocks. */
class TaskTimeout extends StateError {}

function taskName({ resource }: TaskState): string {
  return resource.kind === "function" ? resource.arn : "lambda";
}

/**
 * The two clocks of a task. A missed heartbeat is reported as `States.Timeout`, which is how AWS records it, and can
 * be handled under its own name too.
 */
function startLimits(
  visit: Visit<TaskState>,
  { timeoutSeconds, heartbeatSeconds }: TaskLimits,
  settle: Settle<Json>,
): { beat: () => void; cancel: () => void } {
  const { clock } = visit.execution.host.world;
  const timer = (seconds: number | undefined, alias?: string): Timer | undefined =>
    seconds === undefined
      ? undefined
      : clock.after(seconds * 1000, () => settle.reject(new TaskTimeout("States.Timeout", undefined, alias)));
  const { resource } = visit.state;
  const canBeat = resource.kind === "invoke" && resource.waitForTaskToken;
  const startHeartbeat = (): Timer | undefined =>
    canBeat ? timer(heartbeatSeconds, "States.HeartbeatTimeout") : undefined;
  const timeout = timer(timeoutSeconds);
  let heartbeat = startHeartbeat();
  return {
    beat: () => {
      heartbeat?.cancel();
      heartbeat = startHeartbeat();
    },
    cancel: () => {
      timeout?.cancel();
      heartbeat?.cancel();
    },
  };
}

/** Of a task with a token, the function's result only shows in the history: the token completes the task. */
function startFunction(
  { execution, state }: Visit<TaskState>,
  { input, token, events }: Job,
  settle: Settle<Json>,
  isWaiting: () => boolean,
): void {
  const { world } = execution.host;
  const { resource } = state;
  const job = resource.kind === "function" ? { functionName: resource.arn, payload: input } : invokeArguments(input);
  if (job === undefined) {
    settle.reject(new StateError("States.Runtime", "The field 'FunctionName' of the Arguments must be a string."));
    return;
  }
  const returned = (answer: Invoked): void => {
    if (!isWaiting()) return;
    const result = resource.kind === "function" ? answer.payload : invokeResult(answer, world);
    if (token === undefined) settle.resolve(result);
    else submit(events, result, settle);
  };
  void invokeFunction(world, job.functionName, job.payload).then(returned, settle.reject);
}

function submit(events: TaskEvents, result: Json, settle: Settle<Json>): void {
  try {
    checkSize(result, "lambda");
    events.submitted(result);
  } catch (error) {
    if (!(error instanceof Aborted)) settle.reject(error);
  }
}

function invokeArguments(input: Json): { functionName: string; payload: Json } | undefined {
  if (!isJsonObject(input)) return undefined;
  const { FunctionName: functionName, Payload: payload = {} } = input;
  return typeof functionName === "string" ? { functionName, payload } : undefined;
}
