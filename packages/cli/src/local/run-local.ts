import { dirname, relative, resolve } from "node:path";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { pacedClock } from "@lockmaster/local-aws";
import { type Mainline, mainlinesOf, tagOf } from "@lockmaster/rehearsal/deliveries/mainline.ts";
import { openRehearsal, type Rehearsal } from "@lockmaster/rehearsal/rehearsal.ts";
import type { ReleaseReport } from "@lockmaster/rehearsal/story/release-report.ts";
import { accountScenario } from "@lockmaster/rehearsal/shop/account-scenario.ts";
import { fitStory, type LeftOut } from "@lockmaster/rehearsal/story/fit-story.ts";
import { runReleases, waiveAndRedrive } from "@lockmaster/rehearsal/story/run-release.ts";
import { githubCredentialsOf, readStory, type Story } from "@lockmaster/rehearsal/story/story.ts";
import { UsageMeter } from "@lockmaster/rehearsal/story/usage-meter.ts";
import { localFile, readConfigurationFile } from "../lib/configuration-file.ts";
import { callersFolder } from "../lib/git.ts";
import { writeLocalSettings } from "../lib/local-settings.ts";
import { shippedScenarios, type LocalOptions } from "./command.ts";
import { jsonReporter, textReporter, type Reporter } from "./reporter.ts";

/** Not a secret: it signs deliveries from this machine to this machine. */
const webhookSecret = "local-webhook-secret";
/** The login in GitHub's own examples. */
const author = "octocat";

/** Starts the local AWS, runs the story, and keeps running until Ctrl-C, or with `once` stops after the story. */
export async function runLocal(options: LocalOptions): Promise<void> {
  const reporter = options.json ? jsonReporter((text) => process.stdout.write(text)) : textReporter(process.stdout);
  const file = options.config === undefined ? localFile() : resolve(callersFolder(), options.config);
  const configuration = await readConfigurationFile(file);
  const { story, leftOut } = storyFor(options.scenario, await readStory(options.scenario), configuration);
  const { story: parts, ...scenario } = story;
  const githubCredentials = githubCredentialsOf(story);
  const meter = new UsageMeter();
  const clock = pacedClock({ speed: options.speed });
  const startedAt = performance.now();
  const rehearsal = await openRehearsal({
    clock,
    port: options.port,
    scenario: accountScenario(scenario, configuration),
    configuration,
    webhookSecret,
    ...(githubCredentials !== undefined && { githubCredentials }),
    observe: meter.observe,
  }).catch(explainPort(options.port));
  clock.start();
  try {
    await rehearsal.shopDeployed;
    const seconds = (performance.now() - startedAt) / 1000;
    const { endpoint } = rehearsal.aws;
    reporter.started({ endpoint, configuration: relative(repositoryRoot, file), speed: options.speed, seconds });
    if (options.story) {
      for (const part of leftOut) reporter.leftOut(part);
      if (!(await runStory(rehearsal, meter, parts, reporter)) && options.once) process.exitCode = 1;
    }
    if (!options.once) await keepRunning(rehearsal, file, reporter);
  } finally {
    clock.stop();
    await rehearsal.close();
  }
}

/** A shipped scenario gets the configuration's names; a scenario of the user's own already has them. */
function storyFor(
  file: string,
  story: Story,
  configuration: Configuration,
): { story: Story; leftOut: readonly LeftOut[] } {
  return dirname(resolve(file)) === shippedScenarios ? fitStory(story, configuration) : { story, leftOut: [] };
}

function explainPort(port: number): (error: unknown) => never {
  return (error) => {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
      throw new Error(`port ${port} is in use: stop the program that uses it, or choose another port with --port`, {
        cause: error,
      });
    }
    throw error;
  };
}

/** @returns whether every release had its expected outcome */
async function runStory(
  rehearsal: Rehearsal,
  meter: UsageMeter,
  parts: Story["story"],
  reporter: Reporter,
): Promise<boolean> {
  const [first] = Object.keys(rehearsal.configuration.repositories);
  if (parts.length === 0 || first === undefined) return true;
  const reports: ReleaseReport[] = [];
  let asExpected = true;
  const ended = (expected: ReleaseReport["result"], report: ReleaseReport) => {
    reporter.partEnded(expected, report);
    reports.push(report);
    asExpected &&= report.result === expected;
  };
  for (const part of parts) {
    const { on, operator, repository = first } = part;
    const run = { rehearsal, meter, repository, listener: reporter };
    reporter.partBegan(part);
    const begun = await runReleases(run, on, author);
    for (const report of begun) ended(part.expect, report);
    if (operator === undefined) continue;
    reporter.redriven(operator);
    for (const report of begun) {
      for (const redriven of await waiveAndRedrive(run, report, operator.waive, author))
        ended(operator.expect, redriven);
    }
  }
  reporter.faultsNotInjected(rehearsal.aws.faults().flatMap(({ fault, injected }) => (injected ? [] : [fault])));
  reporter.ended(reports, asExpected);
  return asExpected;
}

/** Keeps running until Ctrl-C; meanwhile other commands find the local AWS through the settings file. */
async function keepRunning(
  { aws, installation, configuration }: Rehearsal,
  file: string,
  reporter: Reporter,
): Promise<void> {
  const interrupted = new Promise<void>((resolve) => {
    // `on`, not `once`: npm and the terminal may both send the signal of one Ctrl-C.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
  });
  const { endpoint, region } = aws;
  const { webhookUrl, githubApi, stateMachineArn, ledgerTable } = installation;
  const removeSettings = await writeLocalSettings({
    endpoint,
    githubApi,
    webhookUrl,
    webhookSecret,
    region,
    ledgerTable,
    stateMachineArn,
    configuration: file,
  });
  reporter.ready([
    "The local AWS keeps running. In another terminal:",
    ...sendHints(configuration),
    "  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1",
    `  aws --endpoint-url ${endpoint} stepfunctions list-executions --state-machine-arn ${stateMachineArn}`,
    ...describeHint(endpoint, configuration),
    "Ctrl-C stops it.",
  ]);
  try {
    await interrupted;
  } finally {
    await removeSettings();
  }
}

/** How to push and promote, for each repository. */
function sendHints({ repositories }: Configuration): string[] {
  const entries = Object.entries(repositories);
  return entries.flatMap(([repository, own]) => {
    const [mainline] = mainlinesOf(own);
    if (mainline === undefined) return [];
    const option = entries.length === 1 ? "" : ` --repository ${repository}`;
    const to = (environments: Mainline["environments"]): string => environments.map(({ name }) => name).join(" and ");
    const [promotion] = mainline.promotions;
    const lines = [[`send push${option}`, `push another commit to ${to(mainline.environments)}`]];
    if (promotion !== undefined) {
      const tag = tagOf(promotion.pattern, "v2.0.0");
      const { name, environment } = promotion;
      lines.push([
        `send tag ${tag} --sha <commit>${option}`,
        `promote a commit from ${environment.promoteFrom} to ${name}`,
      ]);
    }
    return lines.map(([command = "", purpose]) => `  npm run lockmaster -- ${command.padEnd(29)} ${purpose}`);
  });
}

/** A service of an environment in the local AWS's own account and region, which the AWS CLI sees without a role. */
function describeHint(endpoint: string, { repositories }: Configuration): string[] {
  const environments = Object.values(repositories).flatMap((own) => Object.values(own.environments));
  const own = environments.find(({ account }) => account === undefined);
  const service = Object.values(own?.services ?? {}).at(-1)?.service;
  return own === undefined || service === undefined
    ? []
    : [`  aws --endpoint-url ${endpoint} ecs describe-services --cluster ${own.cluster} --services ${service}`];
}
