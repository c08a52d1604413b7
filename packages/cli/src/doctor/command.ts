import { relative, resolve } from "node:path";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { InvalidInputError } from "@lockmaster/core/lib/errors.ts";
import { Command } from "commander";
import { callersFolder } from "../lib/git.ts";
import { installedFile, localFile, readConfigurationFile } from "../lib/configuration-file.ts";
import { localSettingsFile, readLocalSettings, type LocalSettings } from "../lib/local-settings.ts";
import { clientConfig, withOperatorOptions, type OperatorOptions } from "../lib/operator-clients.ts";
import { operatorCommand } from "../lib/operator-command.ts";
import { examine, type Chapter, type ExamineOptions } from "./examine.ts";
import { problem } from "./checking/finding.ts";
import { describeChapters } from "./report.ts";

type DoctorOptions = OperatorOptions & {
  repository?: string;
  environment?: string;
  stage?: string;
  config?: string;
  githubApi?: string;
};

const publicGitHub = "https://api.github.com";

/** The command `doctor`: checks that everything exists that releases need, and names the remedy for each problem. Changes nothing. */
export function doctorCommand(settingsFile = localSettingsFile): Command {
  const command = withOperatorOptions(new Command("doctor"))
    .summary("check that everything exists that releases need")
    .description("check that everything exists that releases need; print a remedy for each problem; change nothing")
    .option("--repository <owner/name>", "check only this repository")
    .option("--environment <name>", "check only environments with this name")
    .option("--stage <name>", "the stage that Lockmaster is installed as (default: the running local AWS's)")
    .option(
      "--config <file>",
      "the configuration file (default: lockmaster.config.ts, or that of the running local AWS)",
    )
    .option("--github-api <url>", "GitHub's REST API: https://<host>/api/v3 of a GitHub Enterprise Server")
    .addHelpText("after", "\nExits with 1 if a finding is an error. All findings: docs/doctor.md.");
  return operatorCommand(command, {
    run: (_, progress) => diagnose(command.opts<DoctorOptions>(), settingsFile, progress),
    describe: (chapters) => describeChapters(chapters, wantsColour()),
    exitCode: (chapters) => (chapters.some(hasError) ? 1 : 0),
  });
}

async function diagnose(
  options: DoctorOptions,
  settingsFile: string,
  progress: (text: string) => void,
): Promise<Chapter[]> {
  const local = await localOf(options, settingsFile);
  const configuration = await readOrExplain(configurationFile(options, local));
  if ("findings" in configuration) return [configuration];
  return await examine({ configuration, only: options, ...targetOf(options, configuration, local) }, progress);
}

/** The running local AWS, unless the options name a stage, an endpoint, a profile or a region. */
async function localOf(
  { stage, endpointUrl, profile, region }: DoctorOptions,
  settingsFile: string,
): Promise<LocalSettings | undefined> {
  const isNamed = [stage, endpointUrl, profile, region].some((value) => value !== undefined);
  return isNamed ? undefined : await readLocalSettings(settingsFile, "").catch(() => undefined);
}

/** @throws UsageError when there is none */
function configurationFile({ config }: DoctorOptions, local: LocalSettings | undefined): string {
  if (config !== undefined) return resolve(callersFolder(), config);
  return local === undefined ? installedFile() : (local.configuration ?? localFile());
}

async function readOrExplain(file: string): Promise<Configuration | Chapter> {
  try {
    return await readConfigurationFile(file);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const [, ...lines] = error.message.split("\n  ");
    const findings = lines.map((line) => problem("configuration.invalid", relative(callersFolder(), file), line));
    return { id: "configuration", title: "Configuration", findings };
  }
}

function targetOf(
  { stage, githubApi, ...options }: DoctorOptions,
  { installation }: Configuration,
  local: LocalSettings | undefined,
): Pick<ExamineOptions, "clients" | "prefix" | "githubApi"> {
  if (local !== undefined) {
    const { endpoint, region, ledgerTable } = local;
    return {
      clients: clientConfig({ endpointUrl: endpoint, region }),
      prefix: ledgerTable.replace(/-ledger$/, ""),
      githubApi: githubApi ?? local.githubApi,
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
