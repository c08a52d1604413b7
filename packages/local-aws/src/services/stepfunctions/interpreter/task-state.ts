import type { Timer } from "../../../clock/clock.ts";
import type { TaskState } from "../definition/model.ts";
import { readInvokeArguments } from "../definition/invoke-arguments.ts";
import { Aborted, StateError, stateProblem } from "../language/errors.ts";
import type { Json } from "../language/json.ts";
import type { Resolvers } from "./activity.ts";
import { checkSize, evaluate, evaluateInteger, exitState, type Outcome, type StateRun } from "./state-run.ts";
import { withErrorHandling } from "./error-handling.ts";
import { invokeFunction, invokeResult, type Invoked } from "./invocation.ts";
import { taskEvents, type TaskEvents, type TaskLimits } from "./task-events.ts";

export async function runTask(stateRun: StateRun<TaskState>): Promise<Outcome> {
  return withErrorHandling(stateRun, async () => attempt(stateRun));
}

async function attempt(stateRun: StateRun<TaskState>): Promise<Outcome> {
  const { execution, position, state } = stateRun;
  const { resource } = state;
  const waits = resource.kind === "invoke" && resource.waitForTaskToken;
  const token = waits ? execution.host.tokens.issue() : undefined;
  const extras = token === undefined ? {} : { token };
  const input = state.arguments === undefined ? position.input : await evaluate(stateRun, state.arguments, extras);
  const limits = {
    timeoutSeconds: await evaluateInteger(stateRun, state.timeoutSeconds, 1, extras),
    heartbeatSeconds: await evaluateInteger(stateRun, state.heartbeatSeconds, 1, extras),
  };
  checkSize(input, state.name);
  const invocation = readInvocation(stateRun, input);
  const events = taskEvents(stateRun, resource);
  events.scheduled(input, limits);
  position.entering = false;
  const result = await perform(stateRun, { invocation, limits, token, events });
  return exitState(stateRun, state, { ...extras, result }, result);
}

/** @throws StateError States.Runtime for arguments that name no function: the task is not scheduled */
function readInvocation({ position, state }: StateRun<TaskState>, input: Json): Invocation {
  const { resource } = state;
  if (resource.kind === "function") return { functionName: resource.arn, payload: input };
  const invocation = readInvokeArguments(input);
  if ("problem" in invocation)
    throw stateProblem("States.Runtime", state.name, position.enteredEventId, invocation.problem);
  return invocation;
}

type Invocation = { functionName: string; payload: Json };

type Job = { invocation: Invocation; limits: TaskLimits; token: string | undefined; events: TaskEvents };

/** @throws StateError the task's error, after recording it. */
async function perform(stateRun: StateRun<TaskState>, job: Job): Promise<Json> {
  const { execution, branch } = stateRun;
  const { events, token } = job;
  try {
    const output = await execution.activity.park<Json>(branch.scope, (resolvers) => {
      const limits = startLimits(stateRun, job.limits, resolvers);
      if (token !== undefined)
        execution.host.tokens.open(token, {
          succeed: resolvers.resolve,
          fail: resolvers.reject,
          recordHeartbeat: limits.recordHeartbeat,
        });
      let waiting = true;
      startFunction(stateRun, job, resolvers, () => waiting);
      return () => {
        waiting = false;
        limits.cancel();
        if (token !== undefined) execution.host.tokens.close(token);
      };
    });
    checkSize(output, taskName(stateRun.state));
    events.succeeded(output);
    return output;
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    if (error instanceof TaskTimeout) events.timedOut(error);
    else events.failed(error);
    throw error;
  }
}

/** `States.Timeout` of the task's timeout or its heartbeat. */
class TaskTimeout extends StateError {}

function taskName({ resource }: TaskState): string {
  return resource.kind === "function" ? resource.arn : "lambda";
}

/**
 * Starts a task's timeout and heartbeat timers. AWS records a missed heartbeat as `States.Timeout`; a Retry or a Catch
 * can also name it `States.HeartbeatTimeout`.
 */
function startLimits(
  stateRun: StateRun<TaskState>,
  { timeoutSeconds, heartbeatSeconds }: TaskLimits,
  resolvers: Resolvers<Json>,
): { recordHeartbeat: () => void; cancel: () => void } {
  const { clock } = stateRun.execution.host.world;
  const timer = (seconds: number | undefined, alias?: string): Timer | undefined =>
    seconds === undefined
      ? undefined
      : clock.after(seconds * 1000, () => resolvers.reject(new TaskTimeout("States.Timeout", undefined, alias)));
  const { resource } = stateRun.state;
  const hasHeartbeat = resource.kind === "invoke" && resource.waitForTaskToken;
  const startHeartbeat = (): Timer | undefined =>
    hasHeartbeat ? timer(heartbeatSeconds, "States.HeartbeatTimeout") : undefined;
  const timeout = timer(timeoutSeconds);
  let heartbeat = startHeartbeat();
  return {
    recordHeartbeat: () => {
      heartbeat?.cancel();
      heartbeat = startHeartbeat();
    },
    cancel: () => {
      timeout?.cancel();
      heartbeat?.cancel();
    },
  };
}

/** In a task with a token, the function's result is only recorded in the history: the token completes the task. */
function startFunction(
  { execution, state }: StateRun<TaskState>,
  { invocation, token, events }: Job,
  resolvers: Resolvers<Json>,
  isWaiting: () => boolean,
): void {
  const { world } = execution.host;
  const { resource } = state;
  const returned = (answer: Invoked): void => {
    if (!isWaiting()) return;
    const result = resource.kind === "function" ? answer.payload : invokeResult(answer, world);
    if (token === undefined) resolvers.resolve(result);
    else submit(events, result, resolvers);
  };
  void invokeFunction(world, invocation.functionName, invocation.payload).then(returned, resolvers.reject);
}

function submit(events: TaskEvents, result: Json, resolvers: Resolvers<Json>): void {
  try {
    checkSize(result, "lambda");
    events.submitted(result);
  } catch (error) {
    if (!(error instanceof Aborted)) resolvers.reject(error);
  }
}
