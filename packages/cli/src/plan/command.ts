import { resolve } from "node:path";
import { type StoredConfiguration, storedConfigurations } from "@lockmaster/core/config/stored.ts";
import { previewRelease, type ReleasePreview, type ServicePreview } from "@lockmaster/core/plan/preview-release.ts";
import { policyOf, readReleaseInput } from "@lockmaster/core/policy/policy.ts";
import { Command } from "commander";
import { differencesOf, type Difference } from "../lib/differences.ts";
import { callersFolder } from "../lib/git.ts";
import type { LedgerAccess } from "../lib/ledger-access.ts";
import { ledgerCommand } from "../lib/ledger-command.ts";
import { readConfiguration, readConfigurationFile } from "../lib/configuration-file.ts";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { localSettingsFile } from "../lib/local-settings.ts";
import { UsageError } from "../lib/operator-errors.ts";
import { findCommit, type CommitOptions } from "./commit.ts";
import { describePlan } from "./describe.ts";
import { readingPorts } from "./ports.ts";

type PlanOptions = CommitOptions & { repository?: string; config?: string };

/** The policy that was planned under, and how it differs from the one that is installed. */
type PlannedUnder = { file?: string; hash: string; installedHash?: string; differences: Difference[] };

type Work = NonNullable<ReleasePreview["plan"]>;

/** A service, with the difference of its task definitions in place of both, which may be long and hold what others need not see. */
export type PlannedService = Omit<ServicePreview, "current" | "wanted"> & {
  family: string;
  differences: Difference[];
};

export type Plan = Omit<ReleasePreview, "policy" | "plan"> & {
  plan?: Omit<Work, "services"> & { services: PlannedService[] };
  environment: ReleasePreview["policy"]["environment"];
  configuration: PlannedUnder;
};

/** What the process ends with when the release could not begin. */
const refusedExitCode = 3;

/** The command `plan`: what a release would do if it began now, by the code that does it; nothing is changed. */
export function planCommand(settingsFile = localSettingsFile): Command {
  const command = new Command("plan")
    .summary("show what a release would do, and change nothing")
    .description("show what a release would do, and change nothing; exits with 3 when it would be refused")
    .argument("<environment>", "as the configuration calls it")
    .option("--repository <owner/name>", "default: the only one in lockmaster.config.ts")
    .option(
      "--sha <commit>",
      "the commit, 40 hexadecimal digits (default: what GitHub has under the ref, asked by git)",
    )
    .option("--tag <name>", "the tag that is, or will be, on the commit")
    .option("--ref <ref>", "the ref in full, as in refs/heads/main (default: the environment's branch)")
    .option(
      "--config <file>",
      "plan under this file in place of the installed configuration, and tell how they differ",
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
  { config, ...options }: PlanOptions,
  progress: (text: string) => void,
): Promise<Plan> {
  const file = config === undefined ? undefined : resolve(callersFolder(), config);
  const repository = options.repository ?? (await onlyRepository(file));
  const installed = await access.ledger.configuration(repository);
  const chosen = file === undefined ? installed : await configurationIn(file, repository);
  const place = { repository, environment };
  const policy = policyOf(place, chosen);
  const { ref, sha } = await findCommit(repository, policy.environment, options);
  const now = new Date();
  const input = readReleaseInput({
    kind: ref.startsWith("refs/tags/") ? "promote" : "deploy",
    ...place,
    ref,
    sha,
    requestedBy: { kind: "operator", name: "lockmaster plan" },
    requestedAt: now.toISOString(),
  });
  if (input.kind !== "deploy" && input.kind !== "promote") throw new UsageError(`ref: ${ref} asks for no release`);
  progress(`Looking at ${policy.environment.cluster}, the ledger, the registry and GitHub …`);
  const reading = readingPorts(access, () => Promise.resolve(chosen), policy.environment);
  try {
    const { policy: under, plan: work, ...preview } = await previewRelease(reading.ports, input, now);
    return {
      ...preview,
      ...(work !== undefined && { plan: { ...work, services: work.services.map(plannedService) } }),
      environment: under.environment,
      configuration: plannedUnder(file, installed, chosen),
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

function plannedUnder(
  file: string | undefined,
  installed: StoredConfiguration | undefined,
  chosen: StoredConfiguration | undefined,
): PlannedUnder {
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

async function onlyRepository(file: string | undefined): Promise<string> {
  const { repositories } = await (file === undefined ? readConfiguration(repositoryRoot) : readConfigurationFile(file));
  const [only, ...others] = Object.keys(repositories);
  if (only !== undefined && others.length === 0) return only;
  throw new UsageError(`which repository is meant? Name it with --repository: ${Object.keys(repositories).join(", ")}`);
}
