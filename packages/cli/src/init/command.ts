import { access, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { RepositoryName } from "@lockmaster/core/config/grammar.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import { Command } from "commander";
import * as v from "valibot";
import { callersFolder } from "../lib/git.ts";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { clientConfig, withOperatorOptions, type OperatorOptions } from "../lib/operator-clients.ts";
import { operatorCommand } from "../lib/operator-command.ts";
import { UsageError } from "../lib/operator-errors.ts";
import { discover } from "./discover.ts";
import { propose, proposedConfiguration } from "./propose.ts";
import { renderConfiguration } from "./render.ts";
import { readSource, type Source } from "./source.ts";
import type { Note } from "./survey.ts";

type InitOptions = OperatorOptions & {
  repository?: string;
  branch?: string;
  source?: string;
  cluster?: string[];
  out?: string;
  force?: true;
  print?: true;
};

/** What was made; `file` is absent when nothing was to be written. */
type Written = { file?: string; text: string; configuration: Configuration; guesses: number; notes: readonly Note[] };

/** The command `init`: a first `lockmaster.config.ts`, from what runs. */
export function initCommand(): Command {
  const command = withOperatorOptions(new Command("init"))
    .summary("write a first lockmaster.config.ts from what is in AWS")
    .description("write a first lockmaster.config.ts from the clusters, services and ECR repositories that are there")
    .option(
      "--repository <owner/name>",
      "the application's GitHub repository (default: the remote of its working copy)",
    )
    .option(
      "--source <folder>",
      "the application's working copy, where Dockerfiles are looked for (default: this folder)",
    )
    .option("--branch <name>", "what is pushed there is released (default: the working copy's, or main)")
    .option("--cluster <name...>", "only these clusters (default: all of the region)")
    .option("--out <file>", "where to write it (default: lockmaster.config.ts beside sst.config.ts)")
    .option("--force", "replace the file when there is one")
    .option("--print", "write no file, print it");
  return operatorCommand(command, {
    run: (_, progress) => init(command.opts<InitOptions>(), progress),
    describe: (written) => (written.file === undefined ? written.text : describe(written, written.file)),
  });
}

async function init(options: InitOptions, progress: (text: string) => void): Promise<Written> {
  const file =
    options.print === true
      ? undefined
      : resolve(callersFolder(), options.out ?? join(repositoryRoot, "lockmaster.config.ts"));
  if (file !== undefined && options.force !== true && (await exists(file))) throw taken(file);
  const source = await readSource(resolve(callersFolder(), options.source ?? "."));
  const repository = repositoryOf(options, source);
  const found = await discover(clientConfig(options), options.cluster ?? [], progress);
  const proposal = propose(found, source, repository, options.branch ?? source.branch ?? "main");
  const text = renderConfiguration(proposal, found);
  const written = {
    text,
    configuration: validateConfiguration(proposedConfiguration(proposal)),
    guesses: proposal.images.length + proposal.environments.length,
    notes: proposal.notes,
  };
  if (file === undefined) {
    for (const { where, message } of proposal.notes) progress(`${where}: ${message}`);
    return written;
  }
  // Not looked at once more: the flag has the file system itself refuse what was written meanwhile.
  await writeFile(file, text, { flag: options.force === true ? "w" : "wx" });
  return { file, ...written };
}

function repositoryOf({ repository }: InitOptions, source: Source): string {
  const found = repository ?? source.repository;
  if (found === undefined) {
    throw new UsageError(
      "which GitHub repository is the application's? Name it with --repository owner/name, or its working copy with --source",
    );
  }
  if (v.is(RepositoryName, found)) return found;
  throw new UsageError(`--repository: ${String(found)} is no GitHub repository: write owner/name, as in acme/shop`);
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

const taken = (file: string) =>
  new UsageError(`${file} is there already: --force replaces it, --out writes another file, --print writes none`);

function describe({ configuration, guesses, notes }: Written, file: string): string {
  const [[repository, { images, environments }] = ["", { images: {}, environments: {} }]] = Object.entries(
    configuration.repositories,
  );
  const [first = ""] = Object.keys(environments);
  return [
    `${file}: ${repository}, ${Object.keys(images).length} images, environments ${Object.keys(environments).join(", ")}`,
    ...(notes.length === 0 ? [] : ["", "To look at:", ...notes.map(({ where, message }) => `  ${where}: ${message}`)]),
    "",
    "What to do next:",
    `  1. Read the ${guesses} guesses in the file. Gates are at their defaults: an image that runs as root,`,
    "     or has a critical finding, is refused (docs/gates.md).",
    "  2. npm run local                  rehearse it on this machine, nothing of AWS's involved",
    "  3. npm run lockmaster -- doctor   see whether everything that it names is there",
    "  4. npx sst deploy --stage production",
    `  5. npm run lockmaster -- plan ${first} --table lockmaster-production-ledger`,
    "",
  ].join("\n");
}
