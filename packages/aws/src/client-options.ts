/** How long one attempt of a call may take. The SDK makes up to three attempts, which must fit the function's own time-out. */
export type CallLimits = { connectionMilliseconds: number; requestMilliseconds: number };

const stepLimits: CallLimits = { connectionMilliseconds: 1_000, requestMilliseconds: 5_000 };

/**
 * Options of every AWS client. Region, credentials and endpoint come from the environment (`AWS_REGION`,
 * `AWS_ENDPOINT_URL`, …), retries stay at the SDK's defaults: Step Functions does the long ones.
 *
 * Without `throwOnRequestTimeout` the SDK only warns about a silent server and waits until Lambda kills the function.
 */
export function clientOptions(limits: CallLimits = stepLimits) {
  return {
    requestHandler: {
      connectionTimeout: limits.connectionMilliseconds,
      requestTimeout: limits.requestMilliseconds,
      throwOnRequestTimeout: true,
    },
  };
}
