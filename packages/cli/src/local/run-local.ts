import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { pacedClock } from "@lockmaster/local-aws";
import { openRehearsal, type Rehearsal } from "@lockmaster/rehearsal/rehearsal.ts";
import type { ReleaseReport } from "@lockmaster/rehearsal/story/release-report.ts";
import { runRelease, waiveAndRedrive } from "@lockmaster/rehearsal/story/run-release.ts";
import { githubCredentialsOf, readStory, type Story } from "@lockmaster/rehearsal/story/story.ts";
import { UsageMeter } from "@lockmaster/rehearsal/story/usage-meter.ts";
import { readConfiguration } from "../lib/configuration-file.ts";
import { writeLocalSettings } from "../lib/local-settings.ts";
import type { LocalOptions } from "./command.ts";
import { jsonReporter, textReporter, type Reporter } from "./reporter.ts";

/** Not a secret: it signs deliveries from this machine to this machine. */
const webhookSecret = "local-webhook-secret";
/** The login in GitHub's own examples. */
const author = "octocat";

/** Starts the local AWS, runs the story, and keeps running until Ctrl-C, or with `once` stops after the story. */
export async function runLocal(options: LocalOptions): Promise<void> {
  const reporter = options.json ? jsonReporter((text) => process.stdout.write(text)) : textReporter(process.stdout);
  const story = await readStory(options.scenario);
  const configuration = await readConfiguration(repositoryRoot);
  const { story: parts, ...scenario } = story;
  const githubCredentials = githubCredentialsOf(story);
  const meter = new UsageMeter();
  const clock = pacedClock({ speed: options.speed });
  const startedAt = performance.now();
  const rehearsal = await openRehearsal({
    clock,
    port: options.port,
    scenario,
    configuration,
    webhookSecret,
    ...(githubCredentials !== undefined && { githubCredentials }),
    observe: meter.observe,
  }).catch(explainPort(options.port));
  clock.start();
  try {
    await rehearsal.shopDeployed;
    const seconds = (performance.now() - startedAt) / 1000;
    reporter.started({ endpoint: rehearsal.aws.endpoint, speed: options.speed, seconds });
    if (options.story && !(await runStory(rehearsal, meter, parts, reporter)) && options.once) process.exitCode = 1;
    if (!options.once) await keepRunning(rehearsal, reporter);
  } finally {
    clock.stop();
    await rehearsal.close();
  }
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
  const [repository] = Object.keys(rehearsal.configuration.repositories);
  if (parts.length === 0 || repository === undefined) return true;
  const run = { rehearsal, meter, repository, listener: reporter };
  const reports: ReleaseReport[] = [];
  let asExpected = true;
  const ended = (expected: ReleaseReport["result"], report: ReleaseReport) => {
    reporter.partEnded(expected, report);
    reports.push(report);
    asExpected &&= report.result === expected;
  };
  for (const part of parts) {
    reporter.partBegan(part);
    const report = await runRelease(run, part.on, author);
    ended(part.expect, report);
    if (part.operator === undefined) continue;
    reporter.redriven(part.operator);
    ended(part.operator.expect, await waiveAndRedrive(run, report, part.operator.waive, author));
  }
  reporter.faultsNotInjected(rehearsal.aws.faults().flatMap(({ fault, injected }) => (injected ? [] : [fault])));
  reporter.ended(reports, asExpected);
  return asExpected;
}

/** Keeps running until Ctrl-C; meanwhile other commands find the local AWS through the settings file. */
async function keepRunning({ aws, installation }: Rehearsal, reporter: Reporter): Promise<void> {
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
  });
  reporter.ready([
    "The local AWS keeps running. In another terminal:",
    "  npm run lockmaster -- send push                      push another commit to staging",
    "  npm run lockmaster -- send tag v2.0.0 --sha <commit> promote a commit from staging to production",
    "  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1",
    `  aws --endpoint-url ${endpoint} stepfunctions list-executions --state-machine-arn ${stateMachineArn}`,
    `  aws --endpoint-url ${endpoint} ecs describe-services --cluster shop-staging --services backend`,
    "Ctrl-C stops it.",
  ]);
  try {
    await interrupted;
  } finally {
    await removeSettings();
  }
}
