import { Waiver } from "@lockmaster/core/config/gates.ts";
import type { RepositoryConfiguration } from "@lockmaster/core/config/schema.ts";
import { daysLeft } from "@lockmaster/core/gates/waivers.ts";
import type { StoredWaiver } from "@lockmaster/core/ledger/waiver-record.ts";
import { describeIssues, describeViolations } from "@lockmaster/core/lib/parse.ts";
import { Command } from "commander";
import * as v from "valibot";
import type { LedgerAccess } from "../lib/ledger-access.ts";
import { ledgerCommand, type LedgerCommandOptions } from "../lib/ledger-command.ts";
import { localSettingsFile } from "../lib/local-settings.ts";
import { UsageError } from "../lib/operator-errors.ts";

type CommonOptions = LedgerCommandOptions & { repository: string };
type WaiveOptions = CommonOptions & {
  image?: string[];
  environment?: string[];
  owner: string;
  reason: string;
  until: string;
};

/** The command `waive`: the scan gate lets a finding pass until a day, from its next check on. */
export function waiveCommand(settingsFile = localSettingsFile): Command {
  const command = new Command("waive")
    .summary("let a finding pass the scan gate until a day")
    .description("let a finding pass the scan gate until a day; redrive the refused release afterwards")
    .argument("<id>", "id of the finding, as in the refusal: CVE-2026-12345")
    .requiredOption("--repository <owner/name>", "the repository")
    .option("--image <name...>", "only for these images")
    .option("--environment <name...>", "only for these environments")
    .requiredOption("--owner <name>", "person or team that is responsible for the waiver")
    .requiredOption("--reason <text>", "why the finding may pass")
    .requiredOption("--until <day>", "the last day of the waiver, in UTC: 2026-12-31");
  return printingWaivers(command, settingsFile, async (access, id) => {
    const { repository, image: images, environment: environments, ...claim } = command.opts<WaiveOptions>();
    const waiver: StoredWaiver = {
      ...parseWaiver({ id, ...claim, ...(images !== undefined && { images }) }),
      ...(environments !== undefined && { environments }),
      addedBy: await access.caller(),
      addedAt: new Date().toISOString(),
    };
    const stored = await access.ledger.configuration(repository);
    if (stored === undefined) throw new UsageError(`--repository: no configuration of ${repository} is installed`);
    refuseUnknown(waiver, stored.configuration);
    await access.ledger.addWaiver(repository, waiver);
    return [waiver];
  });
}

/** The command `waivers`: lists or revokes waivers that `waive` added. It does not show the configuration's waivers. */
export function waiversCommand(settingsFile = localSettingsFile): Command {
  const list = new Command("list")
    .description("list the waivers that were added with `waive`, including revoked and expired ones")
    .requiredOption("--repository <owner/name>", "the repository");
  const revoke = new Command("revoke")
    .description("revoke all waivers of a finding")
    .argument("<id>", "id of the finding: CVE-2026-12345")
    .requiredOption("--repository <owner/name>", "the repository");
  return new Command("waivers")
    .description("list or revoke waivers of scan findings")
    .addCommand(
      printingWaivers(list, settingsFile, ({ ledger }) => ledger.waivers(list.opts<CommonOptions>().repository)),
    )
    .addCommand(
      printingWaivers(revoke, settingsFile, async (access, id) => {
        const { repository } = revoke.opts<CommonOptions>();
        const waivers = await access.ledger.waivers(repository);
        const active = waivers.filter((waiver) => waiver.id === id && waiver.revokedAt === undefined);
        if (active.length === 0) throw new Error(`${repository} has no active waiver of ${id}`);
        const by = { revokedBy: await access.caller(), revokedAt: new Date().toISOString() };
        for (const waiver of active) await access.ledger.revokeWaiver(repository, waiver, by);
        return active.map((waiver) => ({ ...waiver, ...by }));
      }),
    );
}

function printingWaivers(
  command: Command,
  settingsFile: string,
  run: (access: LedgerAccess, id: string) => Promise<readonly StoredWaiver[]>,
): Command {
  return ledgerCommand(command, settingsFile, {
    run: (access, [id = ""]) => run(access, id),
    describe: (waivers) => describeWaivers(waivers, new Date()),
  });
}

/** @throws UsageError naming every field that is wrong */
function parseWaiver(input: v.InferInput<typeof Waiver>): Waiver {
  const result = v.safeParse(Waiver, input);
  if (!result.success) throw new UsageError(describeIssues(result.issues));
  if (daysLeft(result.output, new Date()) < 0) throw new UsageError(`until: ${result.output.until} is in the past`);
  return result.output;
}

/** A waiver with an unknown name would have no effect, or later an unexpected one. */
function refuseUnknown({ images = [], environments = [] }: StoredWaiver, configuration: RepositoryConfiguration): void {
  const unknown = (field: string, names: readonly string[], known: object) =>
    names
      .filter((name) => !Object.hasOwn(known, name))
      .map((name) => ({ path: field, message: `${name} is not one of ${Object.keys(known).join(", ")}` }));
  const violations = [
    ...unknown("images", images, configuration.images),
    ...unknown("environments", environments, configuration.environments),
  ];
  if (violations.length > 0) throw new UsageError(describeViolations(violations));
}

function describeWaivers(waivers: readonly StoredWaiver[], now: Date): string {
  if (waivers.length === 0) return "There are no waivers.\n";
  return waivers.map((waiver) => `${describeWaiver(waiver, now)}\n`).join("");
}

function describeWaiver(waiver: StoredWaiver, now: Date): string {
  const { id, images, environments, owner, reason, until, addedBy, revokedBy, revokedAt } = waiver;
  const where = [images?.join(", ") ?? "every image", environments?.join(", ") ?? "every environment"].join(", ");
  const expired = daysLeft(waiver, now) < 0 ? " (expired)" : "";
  const state = revokedAt === undefined ? `until ${until}${expired}` : `revoked by ${revokedBy ?? "?"} at ${revokedAt}`;
  return `${id}  ${state}  ${where}\n  ${owner}: ${reason} (added by ${addedBy})`;
}
