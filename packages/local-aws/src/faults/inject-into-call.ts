import type { Clock } from "../clock/clock.ts";
import type { LambdaRuntime } from "../lambda/runtime.ts";
import { type Answer, errorAnswer, queryErrorAnswer } from "../protocol/answer.ts";
import type { Park } from "../protocol/dispatch.ts";
import type { AwsError } from "../protocol/errors.ts";
import type { Call } from "../protocol/service.ts";
import type { CallFault } from "../scenario/fault-rules.ts";
import { internalFailure, throttled } from "./throttling.ts";

export type CallWorld = { clock: Clock; lambda: Pick<LambdaRuntime, "parkReply" | "kill"> };

/** What the server makes a broken connection of. */
class Reset extends Error {}

/** Lets a call meet its fault. @throws what breaks the connection */
export async function injectIntoCall(
  world: CallWorld,
  fault: CallFault,
  call: Call,
  run: () => Promise<Answer>,
  park: Park,
): Promise<Answer> {
  switch (fault.kind) {
    case "throttle":
      return refusal(call, throttled(call.service));
    case "error500":
      return refusal(call, internalFailure(call.service));
    case "reset-before":
      throw new Reset();
    case "reset-after":
      await run();
      throw new Reset();
    case "slow": {
      const answer = await run();
      await park(() => keepBack(world, call, fault.seconds));
      return answer;
    }
    case "late":
      await park(() => keepBack(world, call, fault.seconds));
      return await held(world.clock, run);
    case "kill-before":
      kill(world, call);
      throw new Reset();
    case "kill-after":
      await run();
      kill(world, call);
      throw new Reset();
  }
}

function refusal(call: Call, error: AwsError): Answer {
  return call.service === "sts" ? queryErrorAnswer(error, call.requestId) : errorAnswer(error);
}

function kill({ lambda }: CallWorld, { caller }: Call): void {
  if (caller.kind === "function") lambda.kill(caller.invocationId);
}

function keepBack({ clock, lambda }: CallWorld, { caller }: Call, seconds: number): Promise<void> {
  const resume = lambda.parkReply(caller);
  return new Promise((resolve) => {
    clock.after(seconds * 1000, () => {
      resume();
      resolve();
    });
  });
}

/** The caller is gone, and the server holds the clock for nobody. */
async function held<T>(clock: Clock, run: () => Promise<T>): Promise<T> {
  const release = clock.hold();
  try {
    return await run();
  } finally {
    release();
  }
}
