import { environmentOf } from "@lockmaster/core/policy/policy.ts";
import { freezeEnvironment, unfreezeEnvironment } from "@lockmaster/core/lock/freeze-environment.ts";
import type { Freeze } from "@lockmaster/core/ledger/lock-record.ts";
import { Command, InvalidArgumentError } from "commander";
import * as v from "valibot";
import { ledgerCommand } from "../lib/ledger-command.ts";
import { localSettingsFile } from "../lib/local-settings.ts";
import { UsageError } from "../lib/operator-errors.ts";

type EnvironmentOptions = { repository: string; environment: string };
type FreezeOptions = EnvironmentOptions & { reason: string; until?: string; refuse?: true };

/** The command `freeze`: no release changes the environment until `unfreeze` or until the freeze ends. */
export function freezeCommand(settingsFile = localSettingsFile): Command {
  const command = withEnvironmentOptions(new Command("freeze"))
    .summary("stop releases to an environment")
    .description(
      "stop releases to an environment; a release that already changes it continues, and rollbacks stay possible",
    )
    .requiredOption("--reason <text>", "the reason, shown to releases that wait or are refused")
    .option("--until <when>", "when it ends, in UTC: 2026-12-31 (including that day) or 2026-12-31T18:00:00Z", readEnd)
    .option("--refuse", "refuse releases; without it they wait");
  return ledgerCommand(command, settingsFile, {
    run: async (access) => {
      const { repository, environment, reason, until, refuse } = command.opts<FreezeOptions>();
      await environmentOf(access.ledger, { repository, environment });
      const now = new Date();
      if (until !== undefined && Date.parse(until) <= now.getTime())
        throw new UsageError(`--until: ${until} is in the past`);
      const freeze: Freeze = {
        by: await access.caller(),
        reason,
        since: now.toISOString(),
        ...(until !== undefined && { until }),
        mode: refuse === true ? "refuse" : "wait",
      };
      await freezeEnvironment(access, { repository, environment }, freeze);
      return { repository, environment, freeze };
    },
    describe: ({ environment, freeze }) => `${environment} is frozen. ${describeFreeze(freeze)}\n`,
  });
}

/** The command `unfreeze`: ends a freeze and resumes waiting releases. */
export function unfreezeCommand(settingsFile = localSettingsFile): Command {
  const command = withEnvironmentOptions(new Command("unfreeze")).description(
    "end an environment's freeze; waiting releases continue",
  );
  return ledgerCommand(command, settingsFile, {
    run: async (access) => {
      const { repository, environment } = command.opts<EnvironmentOptions>();
      await environmentOf(access.ledger, { repository, environment });
      const ended = await unfreezeEnvironment(access, { repository, environment });
      return { repository, environment, ended: ended ?? null };
    },
    describe: ({ environment, ended }) =>
      ended === null ? `${environment} was not frozen.\n` : `${environment} is no longer frozen.\n`,
  });
}

/** Adds the options that name an environment. */
export function withEnvironmentOptions(command: Command): Command {
  return command
    .requiredOption("--repository <owner/name>", "the repository")
    .requiredOption("--environment <name>", "the environment");
}

/** A freeze in one line. */
export function describeFreeze({ by, reason, since, until, mode }: Freeze): string {
  const end = until === undefined ? "until an operator unfreezes it" : `until ${until}`;
  const effect = mode === "refuse" ? "Releases are refused" : "Releases wait";
  return `${effect} from ${since} ${end}. Frozen by ${by}: ${reason}`;
}

/** @returns the instant at which a freeze ends: the end of a day, or the given time */
function readEnd(text: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const instant = new Date(isDay ? `${text}T00:00:00.000Z` : text);
  const isTime = isDay || v.is(v.pipe(v.string(), v.isoTimestamp()), text);
  // JavaScript parses 31 February as a day in March.
  if (!isTime || Number.isNaN(instant.getTime()) || (isDay && !instant.toISOString().startsWith(text))) {
    throw new InvalidArgumentError("Give a day or a time in UTC: 2026-12-31, or 2026-12-31T18:00:00Z.");
  }
  return new Date(instant.getTime() + (isDay ? 24 * 3600 * 1000 : 0)).toISOString();
}
