import * as v from "valibot";

/**
 * What Lockmaster reads of EventBridge's "Step Functions Execution Status Change". It reads the status itself from Step Functions,
 * since the execution may have been redriven before the event arrives.
 */
export const ExecutionStatusChange = v.object({
  "detail-type": v.literal("Step Functions Execution Status Change"),
  detail: v.object({ executionArn: v.pipe(v.string(), v.includes(":execution:")) }),
});
