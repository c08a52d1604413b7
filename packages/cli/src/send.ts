import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Command } from "commander";
import * as v from "valibot";
import { deliver } from "./deliver.ts";
import type { DeliveryAnswer } from "./deliver.ts";
import { localSettingsFile, readLocalSettings } from "./local-settings.ts";
import { pushPayload, tagPayload } from "./payloads.ts";
import { pullRequestPayload } from "./pull-request-payload.ts";

/** What every delivery can be told. */
type SendOptions = { url?: string; secret?: string; payload?: string; json?: true };

type Target = { url?: string; secret?: string };
type Common = Target & { repository: string; message: string; author: string; json?: true };
type PushOptions = Common & { branch: string; sha?: string; payload?: string };
type TagOptions = Common & { sha: string; annotated?: true };

/**
 * The command `send`: posts what GitHub would post, signed. Fails unless the answer is a 2xx.
 *
 * @param settingsFile where the local AWS left its address and secret
 */
export function sendCommand(settingsFile = localSettingsFile): Command {
  const push = withCommonOptions(new Command("push"))
    .description("post a signed push, to the local AWS unless told otherwise")
    .option("--branch <name>", "branch that is pushed to", "main")
    .option("--sha <commit>", "commit that is pushed, 40 hexadecimal digits (default: a new one)")
    .option("--payload <file>", "post this file, as it is, in place of all that")
    .action((options: PushOptions, command: Command) => send(options, settingsFile, command, () => pushed(options)));
  const tag = withCommonOptions(new Command("tag"))
    .description("post the push of a tag, signed, to the local AWS unless told otherwise")
    .argument("<name>", "the tag, as in v1.0.0")
    .requiredOption("--sha <commit>", "commit that is tagged, 40 hexadecimal digits")
    .option("--annotated", "the tag is an object of its own, as git tag -a makes it")
    .action((name: string, options: TagOptions, command: Command) =>
      send(options, settingsFile, command, () => tagged(name, options)),
    );
  return new Command("send").description("post a GitHub webhook delivery").addCommand(push).addCommand(tag);
}

const withCommonOptions = (command: Command): Command =>
  command
    .option("--repository <owner/name>", "repository that is pushed to", "acme/shop")
    .option("--message <text>", "message of the commit", "A push from the command line")
    .option("--author <login>", "who pushes", "octocat")
    .option("--url <url>", "address of the webhook")
    .option("--secret <text>", "secret of the webhook")
    .option("--json", "print the answer as JSON");

async function send(options: Common, settingsFile: string, command: Command, payload: () => unknown): Promise<void> {
  try {
    const target = await targetOf(options, settingsFile);
    const answer = await deliver({ ...target, event: "push", payload: await payload() });
    process.stdout.write(options.json ? `${JSON.stringify(answer)}\n` : describeAnswer(answer));
    if (answer.status < 200 || answer.status > 299) process.exitCode = 1;
  } catch (error) {
    command.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What GitHub would post, or what the file holds. */
function pushed({ repository, branch, sha, message, author, payload }: PushOptions): unknown {
  if (payload !== undefined) return readFile(payload);
  const commit = sha ?? randomBytes(20).toString("hex");
  return pushPayload({ repository, branch, sha: commit, message, author, pushedAt: new Date() });
}

function tagged(tag: string, { repository, sha, annotated, message, author }: TagOptions): unknown {
  return tagPayload({ repository, tag, sha, annotated: annotated ?? false, message, author, pushedAt: new Date() });
}

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
