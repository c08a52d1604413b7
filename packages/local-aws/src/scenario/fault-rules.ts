import * as v from "valibot";

const Seconds = v.pipe(v.number(), v.minValue(0));
const Occurrence = v.pipe(v.number(), v.integer(), v.minValue(1));

/** Services whose calls can go wrong, as in the credential scope; `lambda` stands for Step Functions' own invocations. */
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
 * Which calls of functions go wrong. All that is named must match; of `lambda`, `function` is the one that is invoked.
 * Calls are counted from the beginning; attempts that the SDK makes of one call count once.
 */
const where = {
  /** Name of the function's file: `deploy-service`. */
  function: v.optional(v.string()),
  service: v.optional(FaultService),
  /** As the service calls it: `UpdateService`; `Invoke` for `lambda`. */
  operation: v.optional(v.pipe(v.string(), v.regex(/^[A-Z][A-Za-z0-9]*$/, "must be an operation: UpdateService"))),
  /** The how manieth of the calls that match. */
  occurrence: v.optional(v.union([Occurrence, v.literal("every")]), 1),
  /**
   * `once`: the call's first attempt; the SDK's own retry finds all well. `exhausted`: every attempt, and every further
   * call that matches in the same invocation; the function fails, and the state machine's retry finds all well. `outage`:
   * every call that matches, for `outageSeconds`; the state machine gives up, too.
   */
  strength: v.optional(v.picklist(["once", "exhausted", "outage"]), "once"),
  /** Of an outage, from the addressed call on. Longer than all of the state machine's retries before the first change by default. */
  outageSeconds: v.optional(Seconds, 600),
};

/** A call that goes wrong. */
export const CallFault = v.variant("kind", [
  /** Refused by the service's own throttling; nothing has happened. */
  v.strictObject({ kind: v.literal("throttle"), ...where }),
  /** Status 500; nothing has happened. */
  v.strictObject({ kind: v.literal("error500"), ...where }),
  /** The connection breaks; nothing has happened. */
  v.strictObject({ kind: v.literal("reset-before"), ...where }),
  /** The connection breaks; what was asked for has happened. */
  v.strictObject({ kind: v.literal("reset-after"), ...where }),
  /** What was asked for has happened; the answer takes so much longer than the client's time-out. */
  v.strictObject({ kind: v.literal("slow"), ...where, seconds: v.optional(Seconds, 20) }),
  /** What was asked for happens only now, when the client has given up, and perhaps has tried again. */
  v.strictObject({ kind: v.literal("late"), ...where, seconds: v.optional(Seconds, 8) }),
  /** The function's sandbox dies instead of making the call. */
  v.strictObject({ kind: v.literal("kill-before"), ...where }),
  /** The function's sandbox dies before the answer arrives; what was asked for has happened. */
  v.strictObject({ kind: v.literal("kill-after"), ...where }),
]);

/** Somebody stops the execution, so many seconds after a state was entered; its function runs on. */
export const StopFault = v.strictObject({
  kind: v.literal("stop"),
  state: v.string(),
  /** The how manieth entry of the state, over all executions. */
  occurrence: v.optional(Occurrence, 1),
  seconds: v.optional(Seconds, 0),
});

/** DescribeExecution tells of changes of an execution's status only so many seconds later. */
const StaleFault = v.strictObject({
  kind: v.literal("stale"),
  operation: v.optional(v.literal("DescribeExecution"), "DescribeExecution"),
  seconds: Seconds,
});

/** What goes wrong between functions and AWS. */
export const Fault = v.variant("kind", [CallFault, StopFault, StaleFault]);

export type FaultService = v.InferOutput<typeof FaultService>;
export type Fault = v.InferOutput<typeof Fault>;
export type FaultInput = v.InferInput<typeof Fault>;
export type CallFault = v.InferOutput<typeof CallFault>;
export type StopFault = v.InferOutput<typeof StopFault>;

export function isCallFault(fault: Fault): fault is CallFault {
  return fault.kind !== "stop" && fault.kind !== "stale";
}
