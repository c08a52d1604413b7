import type { ECSClientConfig } from "@aws-sdk/client-ecs";

/** How long one attempt of a call may take. The SDK makes up to three attempts, which must fit the function's own time-out. */
export type CallLimits = { connectionMilliseconds: number; requestMilliseconds: number };

/** Credentials as clients take them: asked for when first needed, and anew shortly before they expire. */
export type Credentials = () => Promise<{
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration: Date;
}>;

/** Whose clients: another region's, another account's. Lockmaster's own, from the function's environment, when empty. */
export type ClientTarget = { region?: string; credentials?: Credentials };

const stepLimits: CallLimits = { connectionMilliseconds: 1_000, requestMilliseconds: 5_000 };

/**
 * What the SDK would look for in the environment and in configuration files, setting by setting and client by client,
 * before a first call: a third of what a cold client costs. These are its own defaults, said aloud.
 */
const settled = {
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
 * `AWS_ENDPOINT_URL`, …), retries stay at the SDK's defaults: Step Functions does the long ones.
 *
 * Without `throwOnRequestTimeout` the SDK only warns about a silent server and waits until Lambda kills the function.
 */
export function clientOptions(limits: CallLimits = stepLimits, place: ClientTarget = {}) {
  const region = process.env["AWS_REGION"];
  return {
    ...settled,
    ...(region !== undefined && { region }),
    ...place,
    requestHandler: {
      connectionTimeout: limits.connectionMilliseconds,
      requestTimeout: limits.requestMilliseconds,
      throwOnRequestTimeout: true,
    },
  };
}
