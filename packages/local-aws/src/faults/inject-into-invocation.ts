import type { Clock } from "../clock/clock.ts";
import { AwsError } from "../protocol/errors.ts";
import type { InvocationResult } from "../world/world.ts";
import type { CallFault } from "../scenario/fault-rules.ts";
import { internalFailure, throttled } from "./throttling.ts";

/**
 * Injects a fault into an invocation by Step Functions. Whether the function runs, and what Step Functions receives, depends
 * on the fault.
 *
 * @throws AwsError that Step Functions reports as `Lambda.…`
 */
export async function injectIntoInvocation(
  clock: Clock,
  fault: CallFault,
  run: () => Promise<InvocationResult>,
): Promise<InvocationResult> {
  switch (fault.kind) {
    case "throttle":
      throw throttled("lambda");
    case "error500":
      throw internalFailure("lambda");
    case "reset-before":
      throw connectionLost();
    case "reset-after":
      await run();
      throw connectionLost();
    case "unreadable":
      await run();
      throw new AwsError("SdkClientException", "Unable to unmarshall response: Unexpected end of input", 0);
    case "slow": {
      const result = await run();
      await wait(clock, fault.seconds);
      return result;
    }
    case "late":
      clock.after(fault.seconds * 1000, () => void run());
      throw connectionLost();
    case "kill-before":
      return sandboxDied();
    case "kill-after":
      await run();
      return sandboxDied();
  }
}

/** Step Functions reports an error of its own client as `Lambda.SdkClientException`. */
function connectionLost(): AwsError {
  return new AwsError("SdkClientException", "Unable to execute HTTP request: Connection reset", 0);
}

function sandboxDied(): InvocationResult {
  const error = { errorType: "Runtime.ExitError", errorMessage: "Error: Runtime exited with error: signal: killed" };
  return { ok: false, error, durationMs: 0 };
}

function wait(clock: Clock, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(seconds * 1000, resolve);
  });
}
