import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Command } from "commander";
import * as v from "valibot";
import { deliver } from "./deliver.ts";
import type { DeliveryAnswer } from "./deliver.ts";
import { localSettingsFile, readLocalSettings } from "./local-settings.ts";
import { pushPayload } from "./payloads.ts";

type PushOptions = {
  repository: string;
  branch: string;
  sha?: string;
  message: string;
  author: string;
  url?: string;
  secret?: string;
  payload?: string;
  json?: true;
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
    .option("--author <login>", "who pushes", "octocat")
    .option("--payload <file>", "post this file, as it is, in place of all that")
    .option("--url <url>", "address of the webhook")
    .option("--secret <text>", "secret of the webhook")
    .option("--json", "print the answer as JSON")
    .action(async (options: PushOptions, command: Command) => {
      try {
        const answer = await sendPush(options, settingsFile);
        process.stdout.write(options.json ? `${JSON.stringify(answer)}\n` : describeAnswer(answer));
        if (answer.status < 200 || answer.status > 299) process.exitCode = 1;
      } catch (error) {
        command.error(`error: ${error instanceof Error ? error.message : String(error)}`);
      }
    });
  return new Command("send").description("post a GitHub webhook delivery").addCommand(push);
}

async function sendPush(options: PushOptions, settingsFile: string): Promise<DeliveryAnswer> {
  const payload = options.payload === undefined ? payloadOf(options) : await readFile(options.payload);
  return deliver({ ...(await targetOf(options, settingsFile)), event: "push", payload });
}

function payloadOf({ repository, branch, sha, message, author }: PushOptions): unknown {
  const commit = sha ?? randomBytes(20).toString("hex");
  return pushPayload({ repository, branch, sha: commit, message, author, pushedAt: new Date() });
}

/** The local AWS's secret is for the local AWS: another address needs one of its own. */
async function targetOf({ url, secret }: PushOptions, settingsFile: string): Promise<{ url: string; secret: string }> {
  if (url !== undefined && secret === undefined) throw new Error("--url needs --secret, the secret of that webhook");
  if (url !== undefined && secret !== undefined) return { url, secret };
  const settings = await readLocalSettings(settingsFile);
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
