import type { AccountRegion } from "./addressing.ts";
import { localHandler, type LocalHandler } from "./local-handler.ts";
import type { RunningServer } from "./server.ts";

/** The SDK's own defaults: unsaid, each client looks for them in environment and files of the machine. */
const settled = {
  maxAttempts: 3,
  retryMode: "standard",
  defaultsMode: "standard",
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  authSchemePreference: Array.of<string>(),
  userAgentAppId: "local",
} as const;

/** Options for SDK clients of any service, in the process of the local AWS. */
export type LocalClientConfig = typeof settled & {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  requestHandler: LocalHandler;
};

const outsideAccessKeyId = "AKIALOCALOPERATOR000";

/** Makes them for a place: at home unless another region or account is named. */
export function clientConfigs(
  { endpoint, exchange }: RunningServer,
  home: AccountRegion,
): (place?: Partial<AccountRegion>) => LocalClientConfig {
  const requestHandler = localHandler(exchange);
  return ({ region = home.region, accountId } = {}) => ({
    ...settled,
    endpoint,
    region,
    requestHandler,
    credentials: {
      accessKeyId: accountId === undefined ? outsideAccessKeyId : `AKIA${accountId}0000`,
      secretAccessKey: "local",
    },
  });
}
