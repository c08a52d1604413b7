import * as v from "valibot";

/**
 * What Lockmaster reads of EventBridge's "Step Functions Execution Status Change". How the execution ended is not among it: it
 * is asked for, since it may have been redriven by the time the event arrives.
 */
export const ExecutionStatusChange = v.object({
  "detail-type": v.literal("Step Functions Execution Status Change"),
  detail: v.object({ executionArn: v.pipe(v.string(), v.includes(":execution:")) }),
});
