import * as v from "valibot";

const Seconds = v.pipe(v.number(), v.minValue(0));
const Occurrence = v.pipe(v.number(), v.integer(), v.minValue(1));

/** Services whose calls can have faults, named as in the credential scope. `lambda` means Step Functions' invocations. */
export const FaultService = v.picklist([
  "codebuild",
  "dynamodb",
  "ecr",
  "ecs",
  "events",
  "lambda",
  "logs",
  "monitoring",
  "secretsmanager",
  "states",
  "sts",
]);

/**
 * The calls of functions that a fault matches. All given members must match. For `lambda`, `function` is the invoked
 * function. All attempts that the SDK makes of one call count as one call.
 */
const where = {
  /** Name of the function's file: `deploy-service`. */
  function: v.optional(v.string()),
  service: v.optional(FaultService),
  /** The operation's name, such as `UpdateService`; `Invoke` for `lambda`. */
  operation: v.optional(v.pipe(v.string(), v.regex(/^[A-Z][A-Za-z0-9]*$/, "must be an operation: UpdateService"))),
  /** The number of the matching call, counted from 1, or all of them. */
  occurrence: v.optional(v.union([Occurrence, v.literal("every")]), 1),
  /**
   * `once`: the call's first attempt; the SDK's retry succeeds. `exhausted`: every attempt of the call, and every further
   * matching call of the same invocation; the function fails, and the state machine's retry succeeds. `outage`: every
   * matching call for `outageSeconds`; the state machine's retries fail, too.
   */
  strength: v.optional(v.picklist(["once", "exhausted", "outage"]), "once"),
  /**
   * Duration of an outage, from the matching call on. By default longer than all of the state machine's retries before the
   * first change.
   */
  outageSeconds: v.optional(Seconds, 600),
};

/** A fault of a call. */
export const CallFault = v.variant("kind", [
  /** The service throttles the call, which has no effect. */
  v.strictObject({ kind: v.literal("throttle"), ...where }),
  /** Status 500; the call has no effect. */
  v.strictObject({ kind: v.literal("error500"), ...where }),
  /** The connection is reset; the call has no effect. */
  v.strictObject({ kind: v.literal("reset-before"), ...where }),
  /** The connection is reset after the call took effect. */
  v.strictObject({ kind: v.literal("reset-after"), ...where }),
  /** The call takes effect, but its answer, with status 200, ends after its first bytes: the SDK cannot read it. */
  v.strictObject({ kind: v.literal("unreadable"), ...where }),
  /** The call takes effect at once, but its answer takes longer than the client's timeout. */
  v.strictObject({ kind: v.literal("slow"), ...where, seconds: v.optional(Seconds, 20) }),
  /** The call takes effect only after the client's timeout, perhaps after the client's retry. */
  v.strictObject({ kind: v.literal("late"), ...where, seconds: v.optional(Seconds, 8) }),
  /** The function's sandbox is killed before the call. */
  v.strictObject({ kind: v.literal("kill-before"), ...where }),
  /** The function's sandbox is killed after the call took effect, before the answer arrives. */
  v.strictObject({ kind: v.literal("kill-after"), ...where }),
]);

/** An operator stops the execution `seconds` after it entered a state; the state's function continues. */
export const StopFault = v.strictObject({
  kind: v.literal("stop"),
  state: v.string(),
  /** The number of the entry of the state, counted from 1 over all executions. */
  occurrence: v.optional(Occurrence, 1),
  seconds: v.optional(Seconds, 0),
});

/** DescribeExecution shows changes of an execution's status `seconds` late. */
const StaleFault = v.strictObject({
  kind: v.literal("stale"),
  operation: v.optional(v.literal("DescribeExecution"), "DescribeExecution"),
  seconds: Seconds,
});

/** A fault between functions and AWS. */
export const Fault = v.variant("kind", [CallFault, StopFault, StaleFault]);

export type FaultService = v.InferOutput<typeof FaultService>;
export type Fault = v.InferOutput<typeof Fault>;
export type FaultInput = v.InferInput<typeof Fault>;
export type CallFault = v.InferOutput<typeof CallFault>;
export type StopFault = v.InferOutput<typeof StopFault>;

export function isCallFault(fault: Fault): fault is CallFault {
  return fault.kind !== "stop" && fault.kind !== "stale";
}
