import type { ReleaseSummary } from "@lockmaster/core/ledger/release-record.ts";
import { environmentOf } from "@lockmaster/core/policy/policy.ts";
import { findVersion } from "@lockmaster/core/promotion/version.ts";
import { Command } from "commander";
import { withEnvironmentOptions } from "./freeze.ts";
import { ledgerCommand } from "../lib/ledger-command.ts";
import { localSettingsFile } from "../lib/local-settings.ts";
import { UsageError } from "../lib/operator-errors.ts";

type RetireOptions = { repository: string; environment: string; reason: string };
type Retired = { environment: string; tag: string; releases: string[]; counts?: string };

/** An environment's newest releases that are searched, as a promotion searches them. */
const releasesSearched = 500;

/** The command `retire-version`: a version no longer locks out those that precede it. */
export function retireVersionCommand(settingsFile = localSettingsFile): Command {
  const command = withEnvironmentOptions(
    new Command("retire-version").argument("<tag>", "the version's tag, as in v99999.0.0"),
  )
    .summary("let a mistaken version lock out no other one")
    .description(
      "let a version that was released by mistake no longer lock out the versions that precede it; what runs does not change",
    )
    .requiredOption("--reason <text>", "why, for the record");
  return ledgerCommand(command, settingsFile, {
    run: async (access, [tag = ""]): Promise<Retired> => {
      const { ledger } = access;
      const { repository, environment, reason } = command.opts<RetireOptions>();
      await environmentOf(ledger, { repository, environment });
      const releases = await ledger.releases(repository, environment, releasesSearched);
      const counted = releases.filter(({ ref, status }) => ref === `refs/tags/${tag}` && status === "succeeded");
      const open = counted.filter(({ retired }) => retired === undefined);
      if (open.length === 0) throw new UsageError(notCounting(tag, environment, releases, counted));
      const retired = { by: await access.caller(), at: new Date().toISOString(), reason };
      for (const release of open) await ledger.retireRelease(release, retired);
      const counts = findVersion(await ledger.releases(repository, environment, releasesSearched))?.ref;
      return { environment, tag, releases: open.map(({ id }) => id), ...(counts !== undefined && { counts }) };
    },
    describe: ({ environment, tag, releases, counts }) =>
      `${tag} no longer counts in ${environment} (${releases.join(", ")}). ${
        counts === undefined
          ? "Any version can be released there next"
          : `Versions that do not precede ${nameOf(counts)} can be released there next`
      }.\n`,
  });
}

function notCounting(
  tag: string,
  environment: string,
  releases: readonly ReleaseSummary[],
  retired: readonly ReleaseSummary[],
): string {
  if (retired.length > 0) return `${tag} is retired already in ${environment}`;
  const counts = findVersion(releases)?.ref;
  return `no release of ${tag} has succeeded in ${environment}, so that it locks out no other version; ${counts === undefined ? "none counts there" : `${nameOf(counts)} counts there`}`;
}

const nameOf = (ref: string): string => ref.replace(/^refs\/(?:tags|heads)\//, "");
