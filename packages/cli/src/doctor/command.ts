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
    .option("--config <file>", "the configuration file (default: lockmaster.config.ts)")
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
  const configuration = await readOrExplain(options.config);
  if ("findings" in configuration) return [configuration];
  const target = await targetOf(options, configuration, settingsFile);
  return await examine({ configuration, only: options, ...target }, progress);
}

async function readOrExplain(file: string | undefined): Promise<Configuration | Chapter> {
  try {
    return await (file === undefined
      ? readConfiguration(repositoryRoot)
      : readConfigurationFile(resolve(callersFolder(), file)));
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const subject = file ?? "lockmaster.config.ts";
    const [, ...lines] = error.message.split("\n  ");
    const findings = lines.map((line) => problem("configuration.invalid", subject, line));
    return { id: "configuration", title: "Configuration", findings };
  }
}

/** The running local AWS, unless the options name a stage, an endpoint, a profile or a region. */
async function targetOf(
  { stage, githubApi, ...options }: DoctorOptions,
  { installation }: Configuration,
  settingsFile: string,
): Promise<Pick<ExamineOptions, "clients" | "prefix" | "githubApi">> {
  const isNamed = [stage, options.endpointUrl, options.profile, options.region].some((value) => value !== undefined);
  const local = isNamed ? undefined : await readLocalSettings(settingsFile, "").catch(() => undefined);
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
