import type { ECSClientConfig } from "@aws-sdk/client-ecs";

/** Timeouts of one attempt of a call. The SDK makes up to three attempts, which must fit the function's own timeout. */
export type CallLimits = { connectionMilliseconds: number; requestMilliseconds: number };

/** Provides credentials: the SDK calls it when it first needs them, and again shortly before they expire. */
export type Credentials = () => Promise<{
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration: Date;
}>;

/** The account and region that a client acts in: Lockmaster's own, from the function's environment, when empty. */
export type ClientTarget = { region?: string; credentials?: Credentials };

const stepLimits: CallLimits = { connectionMilliseconds: 1_000, requestMilliseconds: 5_000 };

/**
 * The SDK's own defaults. Without them each client would search the environment and configuration files for every setting
 * before its first call: a third of the cost of a cold client.
 */
const sdkDefaults = {
  maxAttempts: 3,
  retryMode: "standard",
  defaultsMode: "standard",
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  authSchemePreference: [],
  userAgentAppId: "lockmaster",
} satisfies Partial<ECSClientConfig>;

/**
 * Options of every AWS client. Region, credentials and endpoint come from the environment (`AWS_REGION`,
 * `AWS_ENDPOINT_URL`, …). Retries stay at the SDK's defaults: Step Functions makes the long ones.
 *
 * Without `throwOnRequestTimeout` the SDK only warns when a server does not answer, and waits until Lambda ends the function.
 */
export function clientOptions(limits: CallLimits = stepLimits, target: ClientTarget = {}) {
  const region = process.env["AWS_REGION"];
  return {
    ...sdkDefaults,
    ...(region !== undefined && { region }),
    ...target,
    requestHandler: {
      connectionTimeout: limits.connectionMilliseconds,
      requestTimeout: limits.requestMilliseconds,
      throwOnRequestTimeout: true,
    },
  };
}
