import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pacedClock } from "@lockmaster/local-aws/clock/paced-clock.ts";
import { Command, InvalidArgumentError, Option } from "commander";
import { localSettingsFile } from "../lib/local-settings.ts";
import type { LocalSettings } from "../lib/local-settings.ts";
import { readConfiguration } from "../lib/configuration-file.ts";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { openRehearsal } from "@lockmaster/rehearsal/rehearsal.ts";
import type { Rehearsal } from "@lockmaster/rehearsal/rehearsal.ts";
import type { ReleaseReport } from "@lockmaster/rehearsal/story/release-report.ts";
import { jsonReporter, textReporter } from "./reporter.ts";
import type { Reporter } from "./reporter.ts";
import { runRelease, waiveAndRedrive } from "@lockmaster/rehearsal/story/run-release.ts";
import { githubCredentialsOf, readStory } from "@lockmaster/rehearsal/story/story.ts";
import type { Story } from "@lockmaster/rehearsal/story/story.ts";
import { UsageMeter } from "@lockmaster/rehearsal/story/usage-meter.ts";

type LocalOptions = { once?: true; json?: true; port: number; speed: number; story: boolean; scenario: string };

const shippedStory = join(repositoryRoot, "packages/rehearsal/scenarios/story.json");
/** Nothing of it is secret: it signs payloads that come from this machine to this machine. */
const webhookSecret = "local-webhook-secret";
/** The login of GitHub's own examples. */
const author = "octocat";

/** The command `local`: a local AWS with Lockmaster and the shop in it, a story, and then whatever is posted. */
export function localCommand(): Command {
  return new Command("local")
    .summary("run the shipped functions and state machine in a local AWS")
    .description("run the shipped functions and state machine in a local AWS, and tell a story there")
    .option("--once", "end after the story; fail when it did not go as told")
    .option("--json", "one JSON object a line")
    .option("--port <number>", "port on 127.0.0.1; 0 takes a free one", wholeNumber, 4510)
    .option("--speed <factor>", "seconds there that pass in one second here, at most", wholeNumber, 600)
    .option("--no-story", "post nothing, only stay up")
    .addOption(
      new Option("--scenario <file>", "what builds and tasks do, and the story").default(
        shippedStory,
        "the shipped one",
      ),
    )
    .addHelpText(
      "after",
      "\nScenario files: packages/rehearsal/scenarios/. The fields are in packages/local-aws/src/scenario/scenario.ts.",
    )
    .action(async (options: LocalOptions, command: Command) => {
      try {
        await runLocal(options);
      } catch (error) {
        command.error(`error: ${error instanceof Error ? error.message : String(error)}`);
      }
    });
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("A whole number is expected.");
  return Number(text);
}

async function runLocal(options: LocalOptions): Promise<void> {
  const reporter = options.json ? jsonReporter((text) => process.stdout.write(text)) : textReporter(process.stdout);
  const story = await readStory(options.scenario);
  const configuration = await readConfiguration(repositoryRoot);
  const { story: parts, ...scenario } = story;
  const githubCredentials = githubCredentialsOf(story);
  const meter = new UsageMeter();
  const clock = pacedClock({ speed: options.speed });
  const opening = performance.now();
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
    await rehearsal.shopOpened;
    const seconds = (performance.now() - opening) / 1000;
    reporter.opened({ endpoint: rehearsal.aws.endpoint, speed: options.speed, seconds });
    if (options.story && !(await runStory(rehearsal, meter, parts, reporter)) && options.once) process.exitCode = 1;
    if (!options.once) await stayUp(rehearsal, reporter);
  } finally {
    clock.stop();
    await rehearsal.close();
  }
}

function explainPort(port: number): (error: unknown) => never {
  return (error) => {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
      throw new Error(`port ${port} is taken: end what listens there, or choose another one with --port`, {
        cause: error,
      });
    }
    throw error;
  };
}

/** @returns whether every part ended as told */
async function runStory(
  rehearsal: Rehearsal,
  meter: UsageMeter,
  parts: Story["story"],
  reporter: Reporter,
): Promise<boolean> {
  const [repository] = Object.keys(rehearsal.configuration.repositories);
  if (parts.length === 0 || repository === undefined) return true;
  const watch = { rehearsal, meter, repository, listener: reporter };
  const reports: ReleaseReport[] = [];
  let asExpected = true;
  const ended = (expected: ReleaseReport["result"], report: ReleaseReport) => {
    reporter.partEnded(expected, report);
    reports.push(report);
    asExpected &&= report.result === expected;
  };
  for (const part of parts) {
    reporter.partBegan(part);
    const report = await runRelease(watch, part.on, author);
    ended(part.expect, report);
    if (part.operator === undefined) continue;
    reporter.redriven(part.operator);
    ended(part.operator.expect, await waiveAndRedrive(watch, report, part.operator.waive, author));
  }
  reporter.faultsMissed(rehearsal.aws.faults().flatMap(({ fault, injected }) => (injected ? [] : [fault])));
  reporter.ended(reports, asExpected);
  return asExpected;
}

/** Until Ctrl-C; other commands find the way through a file meanwhile. */
async function stayUp({ aws, installation }: Rehearsal, reporter: Reporter): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    // Stays listening: npm and this command may both hand on the same Ctrl-C.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
  });
  const { endpoint, region } = aws;
  const { webhookUrl, stateMachineArn, ledgerTable } = installation;
  await mkdir(dirname(localSettingsFile), { recursive: true });
  const settings: LocalSettings = { endpoint, webhookUrl, webhookSecret, region, ledgerTable, stateMachineArn };
  await writeFile(localSettingsFile, `${JSON.stringify(settings, undefined, 2)}\n`);
  reporter.ready([
    "It stays up. In another terminal:",
    "  npm run lockmaster -- send push                      another commit for staging",
    "  npm run lockmaster -- send tag v2.0.0 --sha <commit> what staging verified for production",
    "  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1",
    `  aws --endpoint-url ${endpoint} stepfunctions list-executions --state-machine-arn ${stateMachineArn}`,
    `  aws --endpoint-url ${endpoint} ecs describe-services --cluster shop-staging --services backend`,
    "Ctrl-C ends it.",
  ]);
  try {
    await ended;
  } finally {
    await rm(localSettingsFile, { force: true });
  }
}
