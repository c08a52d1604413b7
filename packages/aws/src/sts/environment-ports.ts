import type { EnvironmentConfiguration, StoredConfiguration } from "@lockmaster/core/config/schema.ts";
import type { ConfigurationLedger } from "@lockmaster/core/ledger/ports.ts";
import type { ClientTarget } from "../lib/client-options.ts";
import { stsClient } from "./client.ts";
import { assumedRole } from "./sessions.ts";

/** What a function works for, as far as it decides where calls go; a check has no environment. */
type Subject = { id: string; repository: string; environment?: string };

/**
 * Ports that act where a release's environment is: beside Lockmaster, or in the account and region of the environment's
 * role, from the configuration as it is now. For ECS, logs and alarms; images, builds and the ledger stay Lockmaster's own.
 *
 * An environment that the configuration does not have (any more) counts as beside Lockmaster: whoever then reads the policy
 * reports what is missing. Ports are kept for the next invocation, those of one release at a time.
 *
 * @param make the ports of one place; nothing may be sent before they are used
 * @returns the ports, with a ledger that does not read the configuration a second time
 */
export function environmentPorts<Known extends ConfigurationLedger, Ports>(
  ledger: Known,
  make: (place: ClientTarget) => Ports,
): (subject: Subject) => Promise<Ports & { ledger: Known }> {
  let made: { key: string; ports: Ports } | undefined;
  return async ({ id, repository, environment }) => {
    const stored = await ledger.configuration(repository);
    const account = accountOf(stored, environment);
    const key = account === undefined ? "" : [account.role, account.region, id].join(" ");
    if (made?.key !== key) made = { key, ports: make(placeOf(account, id)) };
    const configuration = async (name: string) => (name === repository ? stored : ledger.configuration(name));
    return { ...made.ports, ledger: { ...ledger, configuration } };
  };
}

type Account = EnvironmentConfiguration["account"];

function accountOf(stored: StoredConfiguration | undefined, environment: string | undefined): Account {
  const environments = new Map(Object.entries(stored?.configuration.environments ?? {}));
  return environment === undefined ? undefined : environments.get(environment)?.account;
}

/** @param release names the session, so that the other account's CloudTrail tells which release did what */
function placeOf(account: Account, release: string): ClientTarget {
  if (account === undefined) return {};
  const { role, region } = account;
  return {
    credentials: assumedRole(stsClient(), { role, name: release }),
    ...(region !== undefined && { region }),
  };
}
