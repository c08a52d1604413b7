import { GetFunctionUrlConfigCommand } from "@aws-sdk/client-lambda";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { secretsManagerSecrets } from "@lockmaster/aws/secretsmanager/secrets.ts";
import { GitHubRefusal } from "@lockmaster/github/client.ts";
import { readCredentials } from "@lockmaster/github/credentials.ts";
import { describeGitHubFailure } from "@lockmaster/github/refusals.ts";
import { githubWebhooks, type Webhook } from "@lockmaster/github/webhooks.ts";
import type { Seen } from "../checking/asking.ts";
import { check } from "../checking/check.ts";
import { trouble, troublesOr, type Finding } from "../checking/finding.ts";
import type { Surroundings } from "../checking/surroundings.ts";

/** What GitHub made of the credentials. */
type GitHubAnswer =
  | { kind: "none" }
  | { kind: "unreadable"; why: string }
  | { kind: "refused"; status: number | undefined; token: boolean; why: string }
  | { kind: "webhooks"; webhooks: readonly Webhook[] };

type Facts = {
  repository: string;
  names: { webhookSecret: string; githubCredentials: string };
  /** Address of Lockmaster's webhook. */
  url: Seen<string>;
  /** Whether the secret of the webhook has a value. */
  webhookSecret: Seen<boolean>;
  github: Seen<GitHubAnswer>;
};

type Names = NonNullable<Surroundings["names"]>;

/** Does GitHub tell what is pushed, and answer what has changed? */
export const githubCheck = check("github", "GitHub", {
  targets: ({ names, scope }) =>
    names === undefined ? [] : scope.repositories.map(({ repository }) => ({ repository, names })),
  gather: async (around, { repository, names }): Promise<Facts> => ({
    repository,
    names,
    url: await webhookUrl(around, names),
    webhookSecret: await hasValue(around, names.webhookSecret),
    github: await askGitHub(around, names.githubCredentials, repository),
  }),
  judge: judgeGitHub,
});

async function webhookUrl({ asking, home }: Surroundings, names: Names): Promise<Seen<string>> {
  const FunctionName = names.function("webhook");
  return await asking.ask(
    { action: "lambda:GetFunctionUrlConfig", resource: FunctionName, absent: ["ResourceNotFoundException"] },
    async () =>
      (await home.clients.lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }))).FunctionUrl ?? "absent",
  );
}

async function hasValue({ asking, home }: Surroundings, SecretId: string): Promise<Seen<boolean>> {
  return await asking.ask(
    { action: "secretsmanager:DescribeSecret", resource: SecretId, absent: ["ResourceNotFoundException"] },
    async () => {
      const { VersionIdsToStages = {} } = await home.clients.secrets.send(new DescribeSecretCommand({ SecretId }));
      return Object.values(VersionIdsToStages).some((stages) => stages.includes("AWSCURRENT"));
    },
  );
}

async function askGitHub(
  { asking, home, githubApi }: Surroundings,
  secretId: string,
  repository: string,
): Promise<Seen<GitHubAnswer>> {
  const secret = await asking.ask({ action: "secretsmanager:GetSecretValue", resource: secretId }, async () => ({
    text: await secretsManagerSecrets(home.clients.secrets).find(secretId),
  }));
  if (typeof secret === "string") return secret;
  let credentials;
  try {
    credentials = readCredentials(secret.text);
  } catch (error) {
    return { kind: "unreadable", why: describeRefusalOf(error) };
  }
  if (credentials === undefined) return { kind: "none" };
  try {
    return { kind: "webhooks", webhooks: await githubWebhooks(githubApi, credentials, repository) };
  } catch (error) {
    const status = error instanceof GitHubRefusal ? error.status : undefined;
    return { kind: "refused", status, token: "token" in credentials, why: describeGitHubFailure(error) };
  }
}

const describeRefusalOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export function judgeGitHub(facts: Facts): Finding[] {
  const { repository, names, url, webhookSecret, github } = facts;
  const troubles = [];
  if (url === "absent") {
    troubles.push(trouble("installation.absent", repository, "the function webhook is not there, or has no URL"));
  }
  if (webhookSecret === "absent" || webhookSecret === false) {
    const seen = `the secret ${names.webhookSecret} ${webhookSecret === false ? "has no value" : "is not there"}`;
    troubles.push(trouble("webhook.secret-absent", repository, seen, { secret: names.webhookSecret }));
  }
  if (typeof github === "string") return troubles;
  troubles.push(
    ...(github.kind === "webhooks" ? judgeWebhooks(facts, github.webhooks) : judgeCredentials(facts, github)),
  );
  return troublesOr(troubles, "github", repository, "the credentials are accepted, and the webhook tells of pushes");
}

function judgeCredentials(
  { repository, names }: Facts,
  answer: Exclude<GitHubAnswer, { kind: "webhooks" }>,
): Finding[] {
  const values = { secret: names.githubCredentials };
  if (answer.kind === "none") {
    return [trouble("github.credentials-absent", repository, `the secret ${values.secret} has none`, values)];
  }
  if (answer.kind === "unreadable") return [trouble("github.credentials-unusable", repository, answer.why, values)];
  const { status, token, why } = answer;
  if (status === 401) return [trouble("github.credentials-unusable", repository, why, values)];
  // GitHub says either of a token that may not see webhooks: of what one may not know of there is nothing.
  if (token && (status === 403 || status === 404)) return [trouble("github.webhook-unseen", repository, why)];
  if (status === 404 || status === 422) return [trouble("github.repository-unreachable", repository, why)];
  return [trouble("aws.no-answer", repository, why)];
}

function judgeWebhooks({ repository, names, url }: Facts, webhooks: readonly Webhook[]): Finding[] {
  if (url === "unseen" || url === "absent") return [];
  const hook = webhooks.find((one) => sameAddress(one.url, url));
  if (hook === undefined) {
    const others = webhooks.map((one) => one.url || "nowhere").join(", ");
    const seen = others === "" ? "there is no webhook" : `webhooks point to ${others}`;
    return [trouble("webhook.absent", repository, seen, { url })];
  }
  const troubles = [];
  if (!hook.active) troubles.push(trouble("webhook.inactive", repository, "the webhook is not active"));
  if (hook.contentType !== "json") {
    troubles.push(trouble("webhook.content-type", repository, `the webhook posts ${hook.contentType}`));
  }
  if (!hook.hasSecret) {
    const values = { secret: names.webhookSecret };
    troubles.push(trouble("webhook.unsigned", repository, "the webhook has no secret", values));
  }
  const missing = ["push", "pull_request"].filter(
    (event) => !hook.events.includes(event) && !hook.events.includes("*"),
  );
  if (missing.length > 0) {
    troubles.push(trouble("webhook.events", repository, `the webhook does not tell of ${missing.join(" and ")}`));
  }
  if (hook.insecure) troubles.push(trouble("webhook.insecure", repository, "SSL verification is off"));
  const { lastStatus } = hook;
  if (lastStatus !== undefined && (lastStatus < 200 || lastStatus > 299)) {
    const seen =
      lastStatus === 0 ? "nobody answered the last delivery" : `the last delivery was answered ${lastStatus}`;
    troubles.push(trouble("webhook.last-delivery", repository, seen));
  }
  return troubles;
}

/** Lambda writes its URLs with a slash at the end, people without. */
function sameAddress(one: string, other: string): boolean {
  return one.replace(/\/+$/, "").toLowerCase() === other.replace(/\/+$/, "").toLowerCase();
}
