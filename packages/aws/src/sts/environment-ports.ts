import { STSClient } from "@aws-sdk/client-sts";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import type { StoredConfiguration } from "@lockmaster/core/config/stored.ts";
import type { ConfigurationLedger, ReleaseLedger } from "@lockmaster/core/ledger/ports.ts";
import type { ReleaseKey } from "@lockmaster/core/ledger/release-ref.ts";
import { asPlanned } from "@lockmaster/core/policy/as-planned.ts";
import { clientOptions, type ClientTarget } from "../lib/client-options.ts";
import { assumedRole } from "./sessions.ts";

/** The release that a function works for; a check has no environment. */
type Release = { id: string; repository: string; environment?: string };

/**
 * The ports of `environmentPorts` for a release that is planned: they act where its plan says, and the ledger's configuration is
 * the one that the release goes by.
 */
export function plannedPorts<Known extends ConfigurationLedger & Pick<ReleaseLedger, "release">, Ports>(
  ledger: Known,
  make: (target: ClientTarget) => Ports,
): (release: ReleaseKey) => Promise<Ports & { ledger: Known }> {
  return portsOf(ledger, make, async (release) => {
    const [stored, record] = await Promise.all([ledger.configuration(release.repository), ledger.release(release)]);
    return asPlanned(stored, release, record);
  });
}

/**
 * Ports that act in the account and region of a release's environment, from the configuration as it is now: Lockmaster's
 * own, or those of the environment's role. For ECS, logs and alarms; images, builds and the ledger are always Lockmaster's.
 *
 * An environment that the configuration does not have counts as Lockmaster's own: the step that reads its policy reports
 * what is missing. Ports are kept for the next invocation, those of one release at a time.
 *
 * @param make the ports of one account and region; must not send a request yet
 * @returns the ports, with a ledger that does not read the configuration a second time
 */
export function environmentPorts<Known extends ConfigurationLedger, Ports>(
  ledger: Known,
  make: (target: ClientTarget) => Ports,
): (release: Release) => Promise<Ports & { ledger: Known }> {
  return portsOf(ledger, make, ({ repository }: Release) => ledger.configuration(repository));
}

function portsOf<Known extends ConfigurationLedger, Ports, Of extends Release>(
  ledger: Known,
  make: (target: ClientTarget) => Ports,
  read: (release: Of) => Promise<StoredConfiguration | undefined>,
): (release: Of) => Promise<Ports & { ledger: Known }> {
  let made: { key: string; ports: Ports } | undefined;
  return async (release) => {
    const { id, repository, environment } = release;
    const stored = await read(release);
    const account = accountOf(stored, environment);
    const key = account === undefined ? "" : [account.role, account.region, id].join(" ");
    if (made?.key !== key) made = { key, ports: make(targetOf(account, id)) };
    const configuration = async (name: string) => (name === repository ? stored : ledger.configuration(name));
    return { ...made.ports, ledger: { ...ledger, configuration } };
  };
}

type Account = EnvironmentConfiguration["account"];

function accountOf(stored: StoredConfiguration | undefined, environment: string | undefined): Account {
  const environments = new Map(Object.entries(stored?.configuration.environments ?? {}));
  return environment === undefined ? undefined : environments.get(environment)?.account;
}

/** @param release names the session, so that the other account's CloudTrail shows which release made a call */
function targetOf(account: Account, release: string): ClientTarget {
  if (account === undefined) return {};
  const { role, region } = account;
  return {
    credentials: assumedRole(new STSClient(clientOptions()), { role, name: release }),
    ...(region !== undefined && { region }),
  };
}
