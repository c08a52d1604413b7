import { GetFunctionUrlConfigCommand } from "@aws-sdk/client-lambda";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { secretsManagerSecrets } from "@lockmaster/aws/secretsmanager/secrets.ts";
import { GitHubRefusal } from "@lockmaster/github/client.ts";
import { readCredentials } from "@lockmaster/github/credentials.ts";
import { describeGitHubFailure } from "@lockmaster/github/refusals.ts";
import { githubWebhooks, type Webhook } from "@lockmaster/github/webhooks.ts";
import type { ReadResult } from "../checking/aws-reader.ts";
import { check } from "../checking/check.ts";
import { problem, problemsOr, type Finding } from "../checking/finding.ts";
import type { CheckContext } from "../checking/context.ts";

/** GitHub's answer to a request with the credentials. */
type GitHubAnswer =
  | { kind: "none" }
  | { kind: "unreadable"; why: string }
  | { kind: "refused"; status: number | undefined; token: boolean; why: string }
  | { kind: "webhooks"; webhooks: readonly Webhook[] };

type Facts = {
  repository: string;
  names: { webhookSecret: string; githubCredentials: string };
  /** URL of Lockmaster's webhook. */
  url: ReadResult<string>;
  /** Whether the webhook's secret has a value. */
  webhookSecret: ReadResult<boolean>;
  github: ReadResult<GitHubAnswer>;
};

type Names = NonNullable<CheckContext["names"]>;

/** Does GitHub post events to the webhook and accept the credentials? */
export const githubCheck = check("github", "GitHub", {
  targets: ({ names, scope }) =>
    names === undefined ? [] : scope.repositories.map(({ repository }) => ({ repository, names })),
  gather: async (context, { repository, names }): Promise<Facts> => ({
    repository,
    names,
    url: await webhookUrl(context, names),
    webhookSecret: await hasValue(context, names.webhookSecret),
    github: await askGitHub(context, names.githubCredentials, repository),
  }),
  judge: judgeGitHub,
});

async function webhookUrl({ aws, home }: CheckContext, names: Names): Promise<ReadResult<string>> {
  const FunctionName = names.function("webhook");
  return await aws.read(
    { action: "lambda:GetFunctionUrlConfig", resource: FunctionName, absent: ["ResourceNotFoundException"] },
    async () =>
      (await home.clients.lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }))).FunctionUrl ?? "absent",
  );
}

async function hasValue({ aws, home }: CheckContext, SecretId: string): Promise<ReadResult<boolean>> {
  return await aws.read(
    { action: "secretsmanager:DescribeSecret", resource: SecretId, absent: ["ResourceNotFoundException"] },
    async () => {
      const { VersionIdsToStages = {} } = await home.clients.secrets.send(new DescribeSecretCommand({ SecretId }));
      return Object.values(VersionIdsToStages).some((stages) => stages.includes("AWSCURRENT"));
    },
  );
}

async function askGitHub(
  { aws, home, githubApi }: CheckContext,
  secretId: string,
  repository: string,
): Promise<ReadResult<GitHubAnswer>> {
  const secret = await aws.read({ action: "secretsmanager:GetSecretValue", resource: secretId }, async () => ({
    text: await secretsManagerSecrets(home.clients.secrets).find(secretId),
  }));
  if (typeof secret === "string") return secret;
  let credentials;
  try {
    credentials = readCredentials(secret.text);
  } catch (error) {
    return { kind: "unreadable", why: messageOf(error) };
  }
  if (credentials === undefined) return { kind: "none" };
  try {
    return { kind: "webhooks", webhooks: await githubWebhooks(githubApi, credentials, repository) };
  } catch (error) {
    const status = error instanceof GitHubRefusal ? error.status : undefined;
    return { kind: "refused", status, token: "token" in credentials, why: describeGitHubFailure(error) };
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export function judgeGitHub(facts: Facts): Finding[] {
  const { repository, names, url, webhookSecret, github } = facts;
  const problems = [];
  if (url === "absent") {
    problems.push(problem("installation.absent", repository, "the function webhook does not exist or has no URL"));
  }
  if (webhookSecret === "absent" || webhookSecret === false) {
    const seen = `the secret ${names.webhookSecret} ${webhookSecret === false ? "has no value" : "does not exist"}`;
    problems.push(problem("webhook.secret-absent", repository, seen, { secret: names.webhookSecret }));
  }
  if (typeof github === "string") return problems;
  problems.push(
    ...(github.kind === "webhooks" ? judgeWebhooks(facts, github.webhooks) : judgeCredentials(facts, github)),
  );
  return problemsOr(
    problems,
    "github",
    repository,
    "GitHub accepts the credentials, and the webhook receives pushes and pull requests",
  );
}

function judgeCredentials(
  { repository, names }: Facts,
  answer: Exclude<GitHubAnswer, { kind: "webhooks" }>,
): Finding[] {
  const values = { secret: names.githubCredentials };
  if (answer.kind === "none") {
    return [problem("github.credentials-absent", repository, `the secret ${values.secret} has no credentials`, values)];
  }
  if (answer.kind === "unreadable") return [problem("github.credentials-unusable", repository, answer.why, values)];
  const { status, token, why } = answer;
  if (status === 401) return [problem("github.credentials-unusable", repository, why, values)];
  // GitHub answers 403 or 404 when a token is not permitted to read webhooks.
  if (token && (status === 403 || status === 404)) return [problem("github.webhook-unreadable", repository, why)];
  if (status === 404 || status === 422) return [problem("github.repository-unreachable", repository, why)];
  return [problem("request.failed", repository, why)];
}

function judgeWebhooks({ repository, names, url }: Facts, webhooks: readonly Webhook[]): Finding[] {
  if (url === "unknown" || url === "absent") return [];
  // A repository with a secret of its own has its name at the end of the URL.
  const hook = webhooks.find(
    (one) => isSameUrl(one.url, url) || isSameUrl(one.url, `${url.replace(/\/+$/, "")}/${repository}`),
  );
  if (hook === undefined) {
    const others = webhooks.map((one) => one.url || "no URL").join(", ");
    const seen = others === "" ? "GitHub has no webhook" : `webhooks point to ${others}`;
    return [problem("webhook.absent", repository, seen, { url })];
  }
  const problems = [];
  if (!hook.active) problems.push(problem("webhook.inactive", repository, "the webhook is not active"));
  if (hook.contentType !== "json") {
    problems.push(
      problem("webhook.content-type", repository, `the content type of the webhook is ${hook.contentType}`),
    );
  }
  if (!hook.hasSecret) {
    const values = { secret: names.webhookSecret };
    problems.push(problem("webhook.unsigned", repository, "the webhook has no secret", values));
  }
  const missing = ["push", "pull_request"].filter(
    (event) => !hook.events.includes(event) && !hook.events.includes("*"),
  );
  if (missing.length > 0) {
    problems.push(problem("webhook.events", repository, `the webhook is not subscribed to ${missing.join(" and ")}`));
  }
  if (hook.insecure) problems.push(problem("webhook.insecure", repository, "SSL verification is off"));
  const { lastStatus } = hook;
  if (lastStatus !== undefined && (lastStatus < 200 || lastStatus > 299)) {
    const seen =
      lastStatus === 0 ? "the last delivery got no answer" : `the last delivery was answered with ${lastStatus}`;
    problems.push(problem("webhook.last-delivery", repository, seen));
  }
  return problems;
}

/** Lambda writes its URLs with a slash at the end; operators often leave it out. */
function isSameUrl(one: string, other: string): boolean {
  return one.replace(/\/+$/, "").toLowerCase() === other.replace(/\/+$/, "").toLowerCase();
}
