import { access, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { RepositoryName } from "@lockmaster/core/config/grammar.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import { Command } from "commander";
import * as v from "valibot";
import { count } from "../lib/count.ts";
import { callersFolder } from "../lib/git.ts";
import { userFile } from "../lib/configuration-file.ts";
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

/** The proposed configuration; `file` is absent with `--print`. */
type Written = { file?: string; text: string; configuration: Configuration; guesses: number; notes: readonly Note[] };

/** The command `init`: writes a first `lockmaster.config.ts` from the services in an AWS account. */
export function initCommand(): Command {
  const command = withOperatorOptions(new Command("init"))
    .summary("write a first lockmaster.config.ts from an AWS account")
    .description(
      "write a first lockmaster.config.ts from the clusters, services and ECR repositories of an AWS account",
    )
    .option(
      "--repository <owner/name>",
      "the application's GitHub repository (default: the remote `origin` of its working copy)",
    )
    .option(
      "--source <folder>",
      "the application's working copy, to find its Dockerfiles (default: the current folder)",
    )
    .option(
      "--branch <name>",
      "pushes to this branch are released (default: the working copy's default branch, or main)",
    )
    .option("--cluster <name...>", "only these clusters (default: all clusters of the region)")
    .option("--out <file>", "the file to write (default: lockmaster.config.ts beside sst.config.ts)")
    .option("--force", "replace the file if it exists")
    .option("--print", "print the configuration instead of writing a file");
  return operatorCommand(command, {
    run: (_, progress) => init(command.opts<InitOptions>(), progress),
    describe: (written) => (written.file === undefined ? written.text : describe(written, written.file)),
  });
}

async function init(options: InitOptions, progress: (text: string) => void): Promise<Written> {
  const file = options.print === true ? undefined : resolve(callersFolder(), options.out ?? userFile);
  if (file !== undefined && options.force !== true && (await exists(file))) throw fileExists(file);
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
  // The flag `wx` refuses a file that was created since the check above.
  await writeFile(file, text, { flag: options.force === true ? "w" : "wx" });
  return { file, ...written };
}

function repositoryOf({ repository }: InitOptions, source: Source): string {
  const found = repository ?? source.repository;
  if (found === undefined) {
    throw new UsageError(
      "the application's GitHub repository is unknown: name it with --repository owner/name, or its working copy with --source",
    );
  }
  if (v.is(RepositoryName, found)) return found;
  throw new UsageError(`--repository: ${String(found)} is not a GitHub repository; write owner/name, as in acme/shop`);
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

const fileExists = (file: string) =>
  new UsageError(
    `${file} exists: replace it with --force, write another file with --out, or print the configuration with --print`,
  );

function describe({ configuration, guesses, notes }: Written, file: string): string {
  const [[repository, { images, environments }] = ["", { images: {}, environments: {} }]] = Object.entries(
    configuration.repositories,
  );
  const [first = ""] = Object.keys(environments);
  return [
    `${file}: ${repository}, ${count(Object.keys(images).length, "image")}, environments ${Object.keys(environments).join(", ")}`,
    ...(notes.length === 0 ? [] : ["", "To check:", ...notes.map(({ where, message }) => `  ${where}: ${message}`)]),
    "",
    "Next steps:",
    `  1. Check the ${guesses} guesses in the file. Gates have their defaults: they refuse an image that runs as root`,
    "     or has a critical finding (docs/gates.md).",
    "  2. npm run local                  rehearse it on this machine, without AWS",
    "  3. npm run lockmaster -- doctor   check that everything it names exists",
    "  4. npx sst deploy --stage production",
    `  5. npm run lockmaster -- plan ${first} --table lockmaster-production-ledger`,
    "",
  ].join("\n");
}
