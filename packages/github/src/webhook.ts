import type { PullRequestEvent } from "@lockmaster/core/checks/claim-pull-request.ts";
import { type PullRequest, routePullRequest } from "@lockmaster/core/checks/route-pull-request.ts";
import type { RepositoryConfiguration } from "@lockmaster/core/config/schema.ts";
import type { Executions } from "@lockmaster/core/contract/executions.ts";
import type { ReleaseInput } from "@lockmaster/core/contract/release-input.ts";
import { notConfigured, type Push, reasonToIgnore, routePush } from "@lockmaster/core/contract/routing.ts";
import type { ConfigurationLedger } from "@lockmaster/core/ledger/ports.ts";
import { InvalidInputError } from "@lockmaster/core/lib/errors.ts";
import { checksEnvironment, executionName } from "@lockmaster/core/lib/names.ts";
import { printable } from "@lockmaster/core/lib/printable.ts";
import { readPing, readPullRequest, readPush } from "./payloads.ts";
import { decodeUtf8, isSignedWith, isWellFormed } from "./signature.ts";

/** The secret that GitHub signs with. While an operator rotates it, the previous one is accepted too. */
export type WebhookSecret = {
  current(): Promise<string>;
  /** Undefined when there was none. Read only when the current one did not sign a request. */
  previous(): Promise<string | undefined>;
};

export type WebhookPorts = {
  secret: WebhookSecret;
  configurations: ConfigurationLedger;
  executions: Pick<Executions, "start">;
  /** Stops the check of a closed pull request. */
  closePullRequest: (closed: ClosedPullRequest, images: RepositoryConfiguration["images"]) => Promise<void>;
};

export type ClosedPullRequest = Omit<PullRequestEvent, "executionArn">;

/** A request as it was received; header names in lower case. */
export type WebhookRequest = {
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
  receivedAt: Date;
};

/** HTTP status and JSON body. */
export type WebhookAnswer = { status: number; body: Readonly<Record<string, unknown>> };

type SignatureProblem = "absent" | "malformed" | "wrong";

/** GitHub's longest event has 39 characters. */
const longestEvent = 80;

/** For the operator who sets up the webhook; none of it helps an attacker. */
const signatureAdvice: Readonly<Record<SignatureProblem, string>> = {
  absent: "the request has no X-Hub-Signature-256 header: set a secret in the webhook's settings",
  malformed: "X-Hub-Signature-256 is not sha256= and 64 hexadecimal digits",
  wrong: "X-Hub-Signature-256 does not match the body: set the same secret in the webhook's settings and in Lockmaster",
};

/**
 * Makes the function that answers GitHub's webhook requests. It reads nothing of a request before it has verified the signature.
 *
 * | status | |
 * |---|---|
 * | 202 | `executions` were started |
 * | 200 | nothing to do: `reason`; or a ping |
 * | 400, 401, 415 | the request is invalid and a redelivery does not help: `error` |
 *
 * Rejects when a port does: only then should GitHub redeliver. A redelivery starts nothing twice, since an execution's name
 * derives from the body.
 */
export function createWebhook(ports: WebhookPorts): (request: WebhookRequest) => Promise<WebhookAnswer> {
  return async ({ headers, body, receivedAt }) => {
    const signature = await checkSignature(body, headers["x-hub-signature-256"], ports.secret);
    if ("problem" in signature) return { status: 401, body: { error: signatureAdvice[signature.problem] } };
    const event = readEvent(headers, signature.text, receivedAt);
    if ("push" in event) return answerPush(event.push, body, ports);
    return "pullRequest" in event ? answerPullRequest(event.pullRequest, { body, receivedAt }, ports) : event;
  };
}

/** The push or pull request of a signed request; or the answer when it has neither. */
function readEvent(
  headers: WebhookRequest["headers"],
  text: string,
  receivedAt: Date,
): WebhookAnswer | { push: Push } | { pullRequest: PullRequest } {
  const event = headers["x-github-event"];
  if (event === undefined) return { status: 400, body: { error: "the header X-GitHub-Event is missing" } };
  if (headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) {
    const error = "the payload is form-encoded: set the webhook's content type to application/json";
    return { status: 415, body: { error } };
  }
  const payload = parseJson(text);
  if (payload === undefined) return { status: 400, body: { error: "the body is not JSON" } };
  try {
    if (event === "ping") return { status: 200, body: { pong: true, ...readPing(payload) } };
    if (event === "push") return { push: readPush(payload, receivedAt) };
    if (event === "pull_request") return { pullRequest: readPullRequest(payload) };
  } catch (error) {
    if (error instanceof InvalidInputError) return { status: 400, body: { error: error.message } };
    throw error;
  }
  return { status: 200, body: { reason: `Lockmaster does not use ${printable(event, longestEvent)} events` } };
}

async function checkSignature(
  body: Uint8Array,
  signature: string | undefined,
  secret: WebhookSecret,
): Promise<{ text: string } | { problem: SignatureProblem }> {
  if (signature === undefined) return { problem: "absent" };
  if (!isWellFormed(signature)) return { problem: "malformed" };
  const text = decodeUtf8(body);
  if (text === undefined) return { problem: "wrong" };
  if (await isSignedWith(await secret.current(), text, signature)) return { text };
  const previous = await secret.previous();
  if (previous !== undefined && (await isSignedWith(previous, text, signature))) return { text };
  return { problem: "wrong" };
}

/** The value of a JSON text; undefined, which JSON cannot express, for any other text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function answerPush(
  push: Push,
  body: Uint8Array,
  { configurations, executions }: WebhookPorts,
): Promise<WebhookAnswer> {
  const ignored = reasonToIgnore(push);
  if (ignored !== undefined) return { status: 200, body: { reason: ignored } };

  const stored = await configurations.configuration(push.repository);
  const routing = routePush(push, stored?.configuration);
  if ("reason" in routing) return { status: 200, body: { reason: routing.reason } };

  // Waits for every start, even when one fails: after the answer Lambda freezes those that are not done.
  const starts = await Promise.allSettled(
    routing.releases.map((release) => startExecution(executions, release, release.environment, body)),
  );
  const failure = starts.find((start) => start.status === "rejected");
  if (failure !== undefined) throw failure.reason;
  return { status: 202, body: { executions: starts.flatMap((s) => (s.status === "fulfilled" ? [s.value] : [])) } };
}

async function answerPullRequest(
  pullRequest: PullRequest,
  { body, receivedAt }: Pick<WebhookRequest, "body" | "receivedAt">,
  { configurations, executions, closePullRequest }: WebhookPorts,
): Promise<WebhookAnswer> {
  const routing = routePullRequest(pullRequest);
  if ("reason" in routing) return { status: 200, body: routing };

  const { repository } = pullRequest;
  const stored = await configurations.configuration(repository);
  if (stored === undefined) return { status: 200, body: { reason: notConfigured(repository) } };
  if ("closed" in routing) {
    await closePullRequest({ ...routing.closed, receivedAt: receivedAt.toISOString() }, stored.configuration.images);
    return { status: 200, body: { reason: `pull request ${pullRequest.number} was closed: its check is stopped` } };
  }
  const started = await startExecution(executions, routing.check, checksEnvironment, body);
  return { status: 202, body: { executions: [started] } };
}

async function startExecution(
  executions: WebhookPorts["executions"],
  input: ReleaseInput,
  environment: string,
  body: Uint8Array,
): Promise<{ name: string; environment: string; started: boolean }> {
  const name = executionName(input.repository, environment, body);
  const { started } = await executions.start(name, input);
  return { name, environment, started };
}
