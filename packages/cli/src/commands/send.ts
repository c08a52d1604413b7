import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Command } from "commander";
import * as v from "valibot";
import { deliver } from "@lockmaster/rehearsal/story/deliver.ts";
import type { DeliveryAnswer } from "@lockmaster/rehearsal/story/deliver.ts";
import { localSettingsFile, readLocalSettings } from "../lib/local-settings.ts";
import { pushPayload, tagPayload } from "@lockmaster/rehearsal/story/payloads.ts";
import { pullRequestPayload } from "@lockmaster/rehearsal/story/pull-request-payload.ts";

/** What every delivery can be told. */
type SendOptions = { url?: string; secret?: string; payload?: string; json?: true };

type PushOptions = { repository: string; branch: string; sha?: string; message: string; author: string };

type TagOptions = { repository: string; sha: string; annotated?: true; message: string; author: string };

type PullRequestOptions = {
  repository: string;
  number: string;
  action: string;
  branch: string;
  sha?: string;
  base: string;
  author: string;
  fork?: string;
};

/**
 * The command `send`: posts what GitHub would post, signed. Fails unless the answer is a 2xx.
 *
 * @param settingsFile where the local AWS left its address and secret
 */
export function sendCommand(settingsFile = localSettingsFile): Command {
  const push = new Command("push")
    .description("post a signed push, to the local AWS unless told otherwise")
    .option("--repository <owner/name>", "repository that is pushed to", "acme/shop")
    .option("--branch <name>", "branch that is pushed to", "main")
    .option("--sha <commit>", "commit that is pushed, 40 hexadecimal digits (default: a new one)")
    .option("--message <text>", "message of the commit", "A push from the command line")
    .option("--author <login>", "who pushes", "octocat");
  const tag = new Command("tag")
    .description("post the push of a tag, to the local AWS unless told otherwise")
    .argument("<name>", "the tag, as in v1.0.0")
    .option("--repository <owner/name>", "repository that is pushed to", "acme/shop")
    .requiredOption("--sha <commit>", "commit that is tagged, 40 hexadecimal digits")
    .option("--annotated", "the tag is an object of its own, as git tag -a makes it")
    .option("--message <text>", "message of the commit", "A commit that was pushed before")
    .option("--author <login>", "who pushes", "octocat");
  const pullRequest = new Command("pull-request")
    .description("post what happens to a pull request, to the local AWS unless told otherwise")
    .option("--repository <owner/name>", "repository that it is to be merged into", "acme/shop")
    .option("--number <number>", "number of the pull request", "1")
    .option("--action <action>", "what happens: opened, synchronize, reopened, closed, …", "opened")
    .option("--branch <name>", "branch that it comes from", "a-change")
    .option("--sha <commit>", "its newest commit, 40 hexadecimal digits (default: a new one)")
    .option("--base <commit>", "tip of the branch that it is to be merged into", "0".repeat(39) + "1")
    .option("--author <login>", "who does it", "octocat")
    .option("--fork <owner/name>", "repository that it comes from, when it is another one");
  return new Command("send")
    .description("post a GitHub webhook delivery")
    .addCommand(sending(push, "push", pushOf, settingsFile))
    .addCommand(sending(tag, "push", tagOf, settingsFile))
    .addCommand(sending(pullRequest, "pull_request", pullRequestOf, settingsFile));
}

/** Has a command post a payload, made from its options and arguments, as an event of GitHub's. */
function sending(
  command: Command,
  event: string,
  payloadOf: (command: Command) => unknown,
  settingsFile: string,
): Command {
  return command
    .option("--payload <file>", "post this file, as it is, in place of all that")
    .option("--url <url>", "address of the webhook")
    .option("--secret <text>", "secret of the webhook")
    .option("--json", "print the answer as JSON")
    .action(async () => {
      try {
        const options = command.opts<SendOptions>();
        const { payload: file } = options;
        const payload = file === undefined ? payloadOf(command) : await readFile(file);
        const answer = await deliver({ ...(await targetOf(options, settingsFile)), event, payload });
        process.stdout.write(options.json ? `${JSON.stringify(answer)}\n` : describeAnswer(answer));
        if (answer.status < 200 || answer.status > 299) process.exitCode = 1;
      } catch (error) {
        command.error(`error: ${error instanceof Error ? error.message : String(error)}`);
      }
    });
}

function pushOf(command: Command): unknown {
  const { repository, branch, sha = newCommit(), message, author } = command.opts<PushOptions>();
  return pushPayload({ repository, branch, sha, message, author, pushedAt: new Date() });
}

function tagOf(command: Command): unknown {
  const [tag = ""] = command.args;
  const { repository, sha, annotated = false, message, author } = command.opts<TagOptions>();
  return tagPayload({ repository, tag, sha, annotated, message, author, pushedAt: new Date() });
}

function pullRequestOf(command: Command): unknown {
  const { number, sha = newCommit(), ...options } = command.opts<PullRequestOptions>();
  const { repository, action, branch, base, author, fork = repository } = options;
  const changedAt = new Date();
  return pullRequestPayload({ repository, number: Number(number), action, branch, sha, base, author, changedAt, fork });
}

const newCommit = (): string => randomBytes(20).toString("hex");

/** The local AWS's secret is for the local AWS: another address needs one of its own. */
async function targetOf({ url, secret }: SendOptions, settingsFile: string): Promise<{ url: string; secret: string }> {
  if (url !== undefined && secret === undefined) throw new Error("--url needs --secret, the secret of that webhook");
  if (url !== undefined && secret !== undefined) return { url, secret };
  const settings = await readLocalSettings(settingsFile, "give both --url and --secret");
  return { url: settings.webhookUrl, secret: secret ?? settings.webhookSecret };
}

const Started = v.object({
  executions: v.array(v.object({ name: v.string(), environment: v.string(), started: v.boolean() })),
});
const Nothing = v.object({ reason: v.string() });

/** The webhook's answer for people. */
function describeAnswer({ status, body }: DeliveryAnswer): string {
  if (v.is(Started, body)) {
    const lines = body.executions.map(
      ({ name, environment, started }) => `  ${environment}: ${name}${started ? "" : " (started before)"}\n`,
    );
    return `${status}: releases\n${lines.join("")}`;
  }
  if (v.is(Nothing, body)) return `${status}: nothing to do, ${body.reason}\n`;
  return `${status}: ${typeof body === "string" ? body : JSON.stringify(body)}\n`;
}
