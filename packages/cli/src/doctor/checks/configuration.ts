import { type StoredConfiguration, storedConfigurations } from "@lockmaster/core/config/stored.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { differencesOf } from "../../lib/differences.ts";
import type { ReadResult } from "../checking/aws-reader.ts";
import { check } from "../checking/check.ts";
import { problem, problemsOr, type Finding } from "../checking/finding.ts";

type Facts = {
  own: StoredConfiguration;
  /** `none` when no installation is named. */
  installed: ReadResult<StoredConfiguration> | "none";
};

/** Is this configuration file the installed one? */
export const configurationCheck = check("configuration", "Configuration", {
  targets: ({ scope }) => scope.repositories,
  gather: async ({ aws, configuration, home, names }, { repository }): Promise<Facts> => {
    const own = storedConfigurations(configuration).find((stored) => stored.repository === repository);
    if (own === undefined) throw new TypeError(`${repository} has no configuration to store`);
    if (names === undefined) return { own, installed: "none" };
    const installed = await aws.read(
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
  if (installed === "unknown") return [];
  if (installed === "none")
    return problemsOr([], "configuration", repository, "valid; no installation was named to compare with");
  if (installed === "absent") {
    return [problem("configuration.not-installed", repository, "the ledger has no configuration of this repository")];
  }
  const problems =
    installed.hash === own.hash
      ? []
      : [problem("configuration.differs", repository, describeDifferences(own, installed))];
  return problemsOr(problems, "configuration", repository, "valid, and equal to the installed configuration");
}

const maxNamedDifferences = 5;

function describeDifferences(own: StoredConfiguration, installed: StoredConfiguration): string {
  const paths = differencesOf(installed.configuration, own.configuration).map(({ path }) => path);
  const more = paths.length - maxNamedDifferences;
  return `differs in ${paths.slice(0, maxNamedDifferences).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
