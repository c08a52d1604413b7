import type { AccountRegion } from "./addressing.ts";
import { localHandler, type LocalHandler } from "./local-handler.ts";
import type { RunningServer } from "./server.ts";

/**
 * The SDK's own defaults. A client searches environment and configuration files for each one that is absent: that doubles
 * the cost of a new client's first call (measured: 1.0 to 2.1 ms), and makes the result depend on the machine.
 */
const explicitDefaults = {
  maxAttempts: 3,
  retryMode: "standard",
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  authSchemePreference: Array.of<string>(),
  userAgentAppId: "local",
} as const;

/** Options for SDK clients of any service, in the process of the local AWS. */
export type LocalClientConfig = typeof explicitDefaults & {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  requestHandler: LocalHandler;
};

const outsideAccessKeyId = "AKIALOCALOPERATOR000";

/** Makes client options for an account and region; each is that of `home` unless named. */
export function clientConfigs(
  { endpoint, exchange }: RunningServer,
  home: AccountRegion,
): (site?: Partial<AccountRegion>) => LocalClientConfig {
  const requestHandler = localHandler(exchange);
  return ({ region = home.region, accountId } = {}) => ({
    ...explicitDefaults,
    endpoint,
    region,
    requestHandler,
    credentials: {
      accessKeyId: accountId === undefined ? outsideAccessKeyId : `AKIA${accountId}0000`,
      secretAccessKey: "local",
    },
  });
}
