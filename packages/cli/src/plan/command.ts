import { resolve } from "node:path";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import { type StoredConfiguration, storedConfigurations } from "@lockmaster/core/config/stored.ts";
import { DeploymentInput } from "@lockmaster/core/contract/release-input.ts";
import { parseInput } from "@lockmaster/core/lib/parse.ts";
import { previewRelease, type ReleasePreview, type ServicePreview } from "@lockmaster/core/plan/preview-release.ts";
import { policyOf } from "@lockmaster/core/policy/policy.ts";
import { Command } from "commander";
import { differencesOf, type Difference } from "../lib/differences.ts";
import { callersFolder } from "../lib/git.ts";
import type { LedgerAccess } from "../lib/ledger-access.ts";
import { ledgerCommand } from "../lib/ledger-command.ts";
import { readConfigurationFile } from "../lib/configuration-file.ts";
import { localSettingsFile } from "../lib/local-settings.ts";
import { UsageError } from "../lib/operator-errors.ts";
import { findCommit, type CommitOptions } from "./commit.ts";
import { describePlan } from "./describe.ts";
import { readingPorts } from "./ports.ts";

type PlanOptions = CommitOptions & { repository?: string; config?: string; githubApi?: string };

/** The configuration that the plan uses, and its differences from the installed one. */
type PlannedConfiguration = { file?: string; hash: string; installedHash?: string; differences: Difference[] };

type Work = NonNullable<ReleasePreview["plan"]>;

/** A service with the differences of its task definitions only: whole task definitions are long and may contain secrets. */
export type PlannedService = Omit<ServicePreview, "current" | "wanted"> & {
  family: string;
  differences: Difference[];
};

export type Plan = Omit<ReleasePreview, "plan"> & {
  plan?: Omit<Work, "services"> & { services: PlannedService[] };
  environment: EnvironmentConfiguration;
  configuration: PlannedConfiguration;
};

/** The exit code when the release would be refused. */
const refusedExitCode = 3;

/** The command `plan`: shows what a release would do now, computed by the code of releases. Changes nothing. */
export function planCommand(settingsFile = localSettingsFile): Command {
  const command = new Command("plan")
    .summary("show what a release would do; change nothing")
    .description("show what a release would do now; change nothing; exit with 3 when it would be refused")
    .argument("<environment>", "name of the environment in the configuration")
    .option("--repository <owner/name>", "the repository (default: the only one in lockmaster.config.ts)")
    .option(
      "--sha <commit>",
      "the commit, 40 hexadecimal digits (default: the ref's newest, which git reads from GitHub)",
    )
    .option("--tag <name>", "the tag that the commit has or will get")
    .option("--ref <ref>", "the full ref: refs/heads/main (default: the environment's branch)")
    .option(
      "--config <file>",
      "use this configuration file instead of the installed configuration, and show the differences",
    )
    .option(
      "--github-api <url>",
      "GitHub's REST API, as GITHUB_API_URL: https://<host>/api/v3 of a GitHub Enterprise Server",
    );
  return ledgerCommand(command, settingsFile, {
    run: (access, [environment = ""], progress) => plan(access, environment, command.opts<PlanOptions>(), progress),
    describe: describePlan,
    exitCode: ({ refusal }) => (refusal === undefined ? 0 : refusedExitCode),
  });
}

async function plan(
  access: LedgerAccess,
  environment: string,
  { config, githubApi = githubApiOf(access), ...options }: PlanOptions,
  progress: (text: string) => void,
): Promise<Plan> {
  const file = config === undefined ? undefined : resolve(callersFolder(), config);
  const repository = options.repository ?? (await onlyRepository(file ?? access.configurationFile()));
  const installed = await access.ledger.configuration(repository);
  const chosen = file === undefined ? installed : await configurationIn(file, repository);
  const target = { repository, environment };
  const policy = policyOf(target, chosen);
  const { ref, sha } = await findCommit(repository, policy.environment, options);
  const now = new Date();
  const input = parseInput(DeploymentInput, {
    kind: ref.startsWith("refs/tags/") ? "promote" : "deploy",
    ...target,
    ref,
    sha,
    requestedBy: { kind: "operator", name: "lockmaster plan" },
    requestedAt: now.toISOString(),
  });
  progress(`Reading ${policy.environment.cluster}, the ledger, the registry and GitHub …`);
  const reading = readingPorts(access, policy.environment, githubApi);
  try {
    const { plan: work, ...preview } = await previewRelease(reading.ports, input, policy, now);
    return {
      ...preview,
      ...(work !== undefined && { plan: { ...work, services: work.services.map(plannedService) } }),
      environment: policy.environment,
      configuration: plannedConfiguration(file, installed, chosen),
    };
  } finally {
    reading.close();
  }
}

const plannedService = ({ current, wanted, ...service }: ServicePreview): PlannedService => ({
  ...service,
  family: wanted.family,
  differences: differencesOf(current, wanted),
});

/** The local AWS has a GitHub of its own. */
const githubApiOf = ({ githubApi }: LedgerAccess): string =>
  githubApi ?? process.env["GITHUB_API_URL"] ?? "https://api.github.com";

function plannedConfiguration(
  file: string | undefined,
  installed: StoredConfiguration | undefined,
  chosen: StoredConfiguration | undefined,
): PlannedConfiguration {
  return {
    ...(file !== undefined && { file }),
    hash: chosen?.hash ?? "",
    ...(installed !== undefined && { installedHash: installed.hash }),
    differences: differencesOf(installed?.configuration ?? {}, chosen?.configuration ?? {}),
  };
}

async function configurationIn(file: string, repository: string): Promise<StoredConfiguration | undefined> {
  const stored = storedConfigurations(await readConfigurationFile(file));
  return stored.find((one) => one.repository === repository);
}

async function onlyRepository(file: string): Promise<string> {
  const { repositories } = await readConfigurationFile(file);
  const [only, ...others] = Object.keys(repositories);
  if (only !== undefined && others.length === 0) return only;
  throw new UsageError(
    `the configuration has several repositories; name one with --repository: ${Object.keys(repositories).join(", ")}`,
  );
}
