import { resolve } from "node:path";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { InvalidInputError } from "@lockmaster/core/lib/errors.ts";
import { Command } from "commander";
import { callersFolder } from "../lib/git.ts";
import { readConfiguration, readConfigurationFile } from "../lib/configuration-file.ts";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { localSettingsFile, readLocalSettings } from "../lib/local-settings.ts";
import { clientConfig, withOperatorOptions, type OperatorOptions } from "../lib/operator-clients.ts";
import { operatorCommand } from "../lib/operator-command.ts";
import { examine, type Chapter, type ExamineOptions } from "./examine.ts";
import { trouble } from "./checking/finding.ts";
import { describeChapters } from "./report.ts";

type DoctorOptions = OperatorOptions & {
  repository?: string;
  environment?: string;
  stage?: string;
  config?: string;
  githubApi?: string;
};

const publicGitHub = "https://api.github.com";

/** The command `doctor`: looks whether all is there that releases need, and says what to do where it is not. Changes nothing. */
export function doctorCommand(settingsFile = localSettingsFile): Command {
  const command = withOperatorOptions(new Command("doctor"))
    .summary("look whether all is there that releases need")
    .description("look whether all is there that releases need; each finding comes with its remedy, nothing is changed")
    .option("--repository <owner/name>", "look at this one only")
    .option("--environment <name>", "look at environments of this name only")
    .option("--stage <name>", "the stage that Lockmaster is installed as (default: the local AWS's, while one runs)")
    .option("--config <file>", "another file than lockmaster.config.ts")
    .option("--github-api <url>", "of a GitHub Enterprise Server: https://<host>/api/v3")
    .addHelpText("after", "\nExits with 1 when there is an error among the findings. All of them: docs/doctor.md.");
  return operatorCommand(command, {
    run: (_, progress) => look(command.opts<DoctorOptions>(), settingsFile, progress),
    describe: (chapters) => describeChapters(chapters, wantsColour()),
    exitCode: (chapters) => (chapters.some(hasError) ? 1 : 0),
  });
}

async function look(
  options: DoctorOptions,
  settingsFile: string,
  progress: (text: string) => void,
): Promise<Chapter[]> {
  const configuration = await readOrExplain(options.config);
  if ("findings" in configuration) return [configuration];
  const where = await placeOf(options, configuration, settingsFile);
  return await examine({ configuration, only: options, ...where }, progress);
}

async function readOrExplain(file: string | undefined): Promise<Configuration | Chapter> {
  try {
    return await (file === undefined
      ? readConfiguration(repositoryRoot)
      : readConfigurationFile(resolve(callersFolder(), file)));
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const subject = file ?? "lockmaster.config.ts";
    const [, ...problems] = error.message.split("\n  ");
    const findings = problems.map((problem) => trouble("configuration.invalid", subject, problem));
    return { id: "configuration", title: "Configuration", findings };
  }
}

/** The local AWS, while one runs, unless something says which other place is meant. */
async function placeOf(
  { stage, githubApi, ...options }: DoctorOptions,
  { installation }: Configuration,
  settingsFile: string,
): Promise<Pick<ExamineOptions, "clients" | "prefix" | "githubApi">> {
  const elsewhere = [stage, options.endpointUrl, options.profile, options.region].some((said) => said !== undefined);
  const local = elsewhere ? undefined : await readLocalSettings(settingsFile, "").catch(() => undefined);
  if (local !== undefined) {
    const { endpoint, region, ledgerTable } = local;
    return {
      clients: clientConfig({ endpointUrl: endpoint, region }),
      prefix: ledgerTable.replace(/-ledger$/, ""),
      githubApi: githubApi ?? `${endpoint}/github`,
    };
  }
  return {
    clients: clientConfig(options),
    prefix: stage === undefined ? undefined : `${installation.name}-${stage}`,
    githubApi: githubApi ?? publicGitHub,
  };
}

const hasError = ({ findings }: Chapter): boolean => findings.some(({ severity }) => severity === "error");

/** @see https://no-color.org */
const wantsColour = (): boolean => process.stdout.isTTY && !process.env["NO_COLOR"];
