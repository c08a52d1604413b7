import type { RepositoryIdentity } from "@lockmaster/core/ledger/repository-identity.ts";
import { Command, InvalidArgumentError } from "commander";
import { ledgerCommand } from "../lib/ledger-command.ts";
import { localSettingsFile } from "../lib/local-settings.ts";
import { UsageError } from "../lib/operator-errors.ts";

type AcceptOptions = { repository: string; id: number };
type Accepted = { before?: RepositoryIdentity; now: RepositoryIdentity };

/** The command `accept-repository`: from now on a name stands for the repository with another id at GitHub. */
export function acceptRepositoryCommand(settingsFile = localSettingsFile): Command {
  const command = new Command("accept-repository")
    .summary("accept that a repository's name stands for another one")
    .description(
      "accept that a name stands for another repository at GitHub, because it was deleted and created again, or the name has passed to it",
    )
    .requiredOption("--repository <owner/name>", "the repository, as the configuration names it")
    .requiredOption("--id <number>", "GitHub's id of the repository: `gh api repos/OWNER/NAME --jq .id`", readId);
  return ledgerCommand(command, settingsFile, {
    run: async (access): Promise<Accepted> => {
      const { ledger } = access;
      const { repository, id } = command.opts<AcceptOptions>();
      if ((await ledger.configuration(repository)) === undefined)
        throw new UsageError(`--repository: no configuration of ${repository} is installed`);
      const before = await ledger.repositoryIdentity(repository);
      const now = { repository, id, since: new Date().toISOString(), acceptedBy: await access.caller() };
      await ledger.acceptIdentity(now);
      return { ...(before !== undefined && { before }), now };
    },
    describe: ({ before, now: { repository, id, acceptedBy = "" } }) =>
      [
        `${repository} is the repository with GitHub's id ${id} from now on${before === undefined ? "" : `; it was ${before.id} since ${before.since}`}. Accepted by ${acceptedBy}.`,
        "Redrive the releases that were refused with REPOSITORY_CHANGED, or let GitHub deliver the pushes again.",
        "",
      ].join("\n"),
  });
}

function readId(text: string): number {
  const id = Number(text);
  if (!/^[1-9]\d*$/.test(text) || !Number.isSafeInteger(id))
    throw new InvalidArgumentError("It is not an id of GitHub.");
  return id;
}
