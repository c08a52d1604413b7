import { type StoredConfiguration, storedConfigurations } from "@lockmaster/core/config/stored.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { differencesOf } from "../../lib/differences.ts";
import type { Seen } from "../checking/asking.ts";
import { check } from "../checking/check.ts";
import { trouble, troublesOr, type Finding } from "../checking/finding.ts";

type Facts = {
  own: StoredConfiguration;
  /** `none` where no installation is named. */
  installed: Seen<StoredConfiguration> | "none";
};

/** Is the configuration that releases follow the one in this file? */
export const configurationCheck = check("configuration", "Configuration", {
  targets: ({ scope }) => scope.repositories,
  gather: async ({ asking, configuration, home, names }, { repository }): Promise<Facts> => {
    const own = storedConfigurations(configuration).find((stored) => stored.repository === repository);
    if (own === undefined) throw new TypeError(`${repository} has no configuration to store`);
    if (names === undefined) return { own, installed: "none" };
    const installed = await asking.ask(
      { action: "dynamodb:GetItem", resource: names.ledgerTable, absent: ["ResourceNotFoundException"] },
      async () =>
        (await dynamodbLedger(home.clients.dynamodb, names.ledgerTable).configuration(repository)) ?? "absent",
    );
    return { own, installed };
  },
  judge: judgeConfiguration,
});

export function judgeConfiguration({ own, installed }: Facts): Finding[] {
  const { repository } = own;
  if (installed === "unseen") return [];
  if (installed === "none")
    return troublesOr([], "configuration", repository, "valid; nothing installed to compare with");
  if (installed === "absent") {
    return [trouble("configuration.not-installed", repository, "the ledger has no configuration of it")];
  }
  const troubles =
    installed.hash === own.hash
      ? []
      : [trouble("configuration.differs", repository, describeDifferences(own, installed))];
  return troublesOr(troubles, "configuration", repository, "valid, and the same as installed");
}

const mostNamed = 5;

function describeDifferences(own: StoredConfiguration, installed: StoredConfiguration): string {
  const paths = differencesOf(installed.configuration, own.configuration).map(({ path }) => path);
  const more = paths.length - mostNamed;
  return `differs in ${paths.slice(0, mostNamed).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
