import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { Command } from "commander";
import * as v from "valibot";
import { deliver, type DeliveryAnswer } from "@lockmaster/rehearsal/deliveries/deliver.ts";
import { type Mainline, mainlinesOf, tagOf as tagOfPattern } from "@lockmaster/rehearsal/deliveries/mainline.ts";
import { localFile, readConfigurationFile } from "../lib/configuration-file.ts";
import { localSettingsFile, readLocalSettings } from "../lib/local-settings.ts";
import { terminalText } from "../lib/terminal-text.ts";
import { pushPayload, tagPayload } from "@lockmaster/rehearsal/deliveries/push-payload.ts";
import { pullRequestPayload } from "@lockmaster/rehearsal/deliveries/pull-request-payload.ts";

/** The options of every delivery. */
type SendOptions = { url?: string; secret?: string; payload?: string; json?: true };

type PushOptions = { repository?: string; branch?: string; sha?: string; message: string; author: string };

type TagOptions = { repository?: string; sha: string; annotated?: true; message: string; author: string };

type PullRequestOptions = {
  repository?: string;
  number: string;
  action: string;
  branch: string;
  sha?: string;
  base: string;
  into?: string;
  author: string;
  fork?: string;
};

/**
 * The command `send`: posts a signed webhook delivery as GitHub would. Fails unless the answer is a 2xx.
 *
 * @param settingsFile with the local AWS's webhook and its secret
 */
export function sendCommand(settingsFile = localSettingsFile): Command {
  const push = new Command("push")
    .description("post a signed push event, by default to the local AWS")
    .option("--repository <owner/name>", "the repository (default: the configuration's first)")
    .option("--branch <name>", "the branch that is pushed (default: the one that an environment follows)")
    .option("--sha <commit>", "the commit that is pushed, 40 hexadecimal digits (default: a random one)")
    .option("--message <text>", "the commit's message", "A push from the command line")
    .option("--author <login>", "the GitHub user who pushes", "octocat");
  const tag = new Command("tag")
    .description("post the signed push event of a tag, by default to the local AWS")
    .argument("[name]", "the tag: v1.0.0 (default: one that an environment follows)")
    .option("--repository <owner/name>", "the repository (default: the configuration's first)")
    .requiredOption("--sha <commit>", "the commit that is tagged, 40 hexadecimal digits")
    .option("--annotated", "an annotated tag, as git tag -a makes it")
    .option("--message <text>", "the commit's message", "A commit that was pushed before")
    .option("--author <login>", "the GitHub user who pushes", "octocat");
  const pullRequest = new Command("pull-request")
    .description("post a signed pull request event, by default to the local AWS")
    .option("--repository <owner/name>", "the repository to merge into (default: the configuration's first)")
    .option("--number <number>", "the pull request's number", "1")
    .option("--action <action>", "the event: opened, synchronize, reopened, closed, …", "opened")
    .option("--branch <name>", "the branch to merge", "a-change")
    .option("--sha <commit>", "the branch's newest commit, 40 hexadecimal digits (default: a random one)")
    .option("--base <commit>", "the newest commit of the branch to merge into", "0".repeat(39) + "1")
    .option("--into <name>", "the branch to merge into (default: the one that an environment follows)")
    .option("--author <login>", "the GitHub user who acts", "octocat")
    .option("--fork <owner/name>", "the fork that the branch is in");
  return new Command("send")
    .description("post a signed GitHub webhook delivery")
    .addCommand(posting(push, "push", pushOf, settingsFile))
    .addCommand(posting(tag, "push", tagOf, settingsFile))
    .addCommand(posting(pullRequest, "pull_request", pullRequestOf, settingsFile));
}

/** Makes a command post the payload of its options and arguments as a GitHub event. */
function posting(
  command: Command,
  event: string,
  payloadOf: (command: Command, configuration: Configuration) => unknown,
  settingsFile: string,
): Command {
  return command
    .option("--payload <file>", "post this file unchanged; the options above are ignored")
    .option("--url <url>", "the webhook's URL (default: the local AWS's)")
    .option("--secret <text>", "the webhook's secret (default: the local AWS's)")
    .option("--json", "print the answer as JSON")
    .action(async () => {
      try {
        const options = command.opts<SendOptions>();
        const { payload: file } = options;
        const { configuration, ...target } = await targetOf(options, settingsFile);
        const payload =
          file === undefined ? payloadOf(command, await readConfigurationFile(configuration)) : await readFile(file);
        const answer = await deliver({ ...target, event, payload });
        process.stdout.write(terminalText(options.json ? `${JSON.stringify(answer)}\n` : describeAnswer(answer)));
        if (answer.status < 200 || answer.status > 299) process.exitCode = 1;
      } catch (error) {
        command.error(terminalText(`error: ${error instanceof Error ? error.message : String(error)}`));
      }
    });
}

function pushOf(command: Command, configuration: Configuration): unknown {
  const { sha = newCommit(), message, author, ...options } = command.opts<PushOptions>();
  const { repository, mainline } = chosenIn(configuration, options.repository);
  const branch = options.branch ?? mainline?.branch ?? "main";
  return pushPayload({ repository, branch, sha, message, author, pushedAt: new Date() });
}

function tagOf(command: Command, configuration: Configuration): unknown {
  const { sha, annotated = false, message, author, ...options } = command.opts<TagOptions>();
  const { repository, mainline } = chosenIn(configuration, options.repository);
  const [promotion] = mainline?.promotions ?? [];
  const [tag = promotion && tagOfPattern(promotion.pattern)] = command.args;
  if (tag === undefined) throw new Error(`no environment of ${repository} follows tags: name the tag`);
  return tagPayload({ repository, tag, sha, annotated, message, author, pushedAt: new Date() });
}

function pullRequestOf(command: Command, configuration: Configuration): unknown {
  const { number, sha = newCommit(), ...options } = command.opts<PullRequestOptions>();
  const { repository, mainline } = chosenIn(configuration, options.repository);
  const { action, branch, base, author, into = mainline?.branch ?? "main", fork = repository } = options;
  const change = { repository, number: Number(number), action, branch, sha, base, into, author, fork };
  return pullRequestPayload({ ...change, changedAt: new Date() });
}

/** The named repository, or the first, with the branch and the tags that its environments follow. */
function chosenIn(
  { repositories }: Configuration,
  named: string | undefined,
): { repository: string; mainline?: Mainline | undefined } {
  const [first = ""] = Object.keys(repositories);
  const repository = named ?? first;
  const own = Object.hasOwn(repositories, repository) ? repositories[repository] : undefined;
  return { repository, mainline: own && mainlinesOf(own)[0] };
}

const newCommit = (): string => randomBytes(20).toString("hex");

type Target = { url: string; secret: string; configuration: string };

/** Another webhook needs its own secret: the local AWS's secret must not be sent anywhere else. */
async function targetOf({ url, secret }: SendOptions, settingsFile: string): Promise<Target> {
  if (url !== undefined && secret === undefined)
    throw new Error("--url needs --secret: give the secret of that webhook");
  if (url !== undefined && secret !== undefined) return { url, secret, configuration: localFile() };
  const { webhookUrl, webhookSecret, configuration } = await readLocalSettings(
    settingsFile,
    "give both --url and --secret",
  );
  return { url: webhookUrl, secret: secret ?? webhookSecret, configuration: configuration ?? localFile() };
}

const Started = v.object({
  executions: v.array(v.object({ name: v.string(), environment: v.string(), started: v.boolean() })),
});
const Nothing = v.object({ reason: v.string() });

/** The webhook's answer as text. */
function describeAnswer({ status, body }: DeliveryAnswer): string {
  if (v.is(Started, body)) {
    const lines = body.executions.map(
      ({ name, environment, started }) => `  ${environment}: ${name}${started ? "" : " (already started)"}\n`,
    );
    return `${status}: releases\n${lines.join("")}`;
  }
  if (v.is(Nothing, body)) return `${status}: no release: ${body.reason}\n`;
  return `${status}: ${typeof body === "string" ? body : JSON.stringify(body)}\n`;
}
