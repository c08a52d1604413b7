import type { Clock } from "../clock/clock.ts";
import type { LambdaRuntime } from "../lambda/runtime.ts";
import type { Answer } from "../protocol/answer.ts";
import type { Park } from "../protocol/dispatch.ts";
import type { Call } from "../protocol/service.ts";
import type { CallFault } from "../scenario/fault-rules.ts";
import { internalFailure, throttled } from "./throttling.ts";

export type CallWorld = { clock: Clock; lambda: Pick<LambdaRuntime, "parkReply" | "kill"> };

/** Makes the server reset the connection. */
class Reset extends Error {}

/** Injects a fault into a call. @throws AwsError, or an error that makes the server reset the connection */
export async function injectIntoCall(
  world: CallWorld,
  fault: CallFault,
  call: Call,
  run: () => Promise<Answer>,
  park: Park,
): Promise<Answer> {
  switch (fault.kind) {
    case "throttle":
      throw throttled(call.service);
    case "error500":
      throw internalFailure(call.service);
    case "reset-before":
      throw new Reset();
    case "reset-after":
      await run();
      throw new Reset();
    case "unreadable":
      return unreadable(await run());
    case "slow": {
      const answer = await run();
      await park(() => delay(world, call, fault.seconds));
      return answer;
    }
    case "late":
      await park(() => delay(world, call, fault.seconds));
      return await holdingClock(world.clock, run);
    case "kill-before":
      kill(world, call);
      throw new Reset();
    case "kill-after":
      await run();
      kill(world, call);
      throw new Reset();
  }
}

/** Fewer bytes than any answer in JSON, CBOR or XML needs. */
const readBytes = 12;

/** Cuts off a successful answer. The SDK reports an error of its own with this status, and does not retry the call. */
function unreadable(answer: Answer): Answer {
  if (answer.status !== 200) return answer;
  const body = Buffer.from(answer.body);
  return { ...answer, body: body.length > 1 ? body.subarray(0, Math.min(readBytes, body.length - 1)) : "{" };
}

function kill({ lambda }: CallWorld, { caller }: Call): void {
  if (caller.kind === "function") lambda.kill(caller.invocationId);
}

function delay({ clock, lambda }: CallWorld, { caller }: Call, seconds: number): Promise<void> {
  const resume = lambda.parkReply(caller);
  return new Promise((resolve) => {
    clock.after(seconds * 1000, () => {
      resume();
      resolve();
    });
  });
}

/** Holds the clock while `run` works: the server no longer holds it for the caller, which has timed out. */
async function holdingClock<T>(clock: Clock, run: () => Promise<T>): Promise<T> {
  const release = clock.hold();
  try {
    return await run();
  } finally {
    release();
  }
}
