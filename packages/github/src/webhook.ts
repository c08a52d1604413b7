import type { PullRequestEvent } from "@lockmaster/core/checks/claim-pull-request.ts";
import { type PullRequest, routePullRequest } from "@lockmaster/core/checks/route-pull-request.ts";
import type { RepositoryConfiguration } from "@lockmaster/core/config/schema.ts";
import { InvalidInputError } from "@lockmaster/core/lib/errors.ts";
import { executionName } from "@lockmaster/core/lib/names.ts";
import type { ConfigurationLedger } from "@lockmaster/core/ledger/ports.ts";
import type { Executions } from "@lockmaster/core/contract/executions.ts";
import { type Push, reasonToIgnore, routePush } from "@lockmaster/core/contract/routing.ts";
import { readPing, readPush } from "./payloads.ts";
import { readPullRequest } from "./pull-request.ts";
import { decodeUtf8, isSignedWith, isWellFormed } from "./signature.ts";

/** The secret that GitHub signs with. While it is being changed, the previous one counts as well. */
export type WebhookSecret = {
  current(): Promise<string>;
  /** Undefined when there never was another. Asked only when the current one did not sign a delivery. */
  previous(): Promise<string | undefined>;
};

export type WebhookPorts = {
  secret: WebhookSecret;
  configurations: ConfigurationLedger;
  executions: Pick<Executions, "start">;
  /** Stops the check of a pull request that was closed. */
  closePullRequest: (closed: ClosedPullRequest, images: RepositoryConfiguration["images"]) => Promise<void>;
};

export type ClosedPullRequest = Omit<PullRequestEvent, "executionArn">;

/** A delivery as it came; header names in lower case. */
export type Delivery = { headers: Readonly<Record<string, string | undefined>>; body: Uint8Array; receivedAt: Date };

/** HTTP status and JSON body. */
export type Answer = { status: number; body: Readonly<Record<string, unknown>> };

/** Why a delivery is not believed. */
type SignatureProblem = "absent" | "malformed" | "wrong";

/** For whoever set up the webhook; it tells an attacker nothing. */
const signatureAdvice: Readonly<Record<SignatureProblem, string>> = {
  absent: "the delivery bears no X-Hub-Signature-256: set a secret in the webhook's settings",
  malformed: "X-Hub-Signature-256 is not sha256= and 64 hexadecimal digits",
  wrong: "X-Hub-Signature-256 does not belong to this body: the webhook's secret is another one",
};

/**
 * Makes what answers GitHub's webhook deliveries. Nothing of a delivery is looked at before its signature is right.
 *
 * | status | |
 * |---|---|
 * | 202 | releases were started: `executions` |
 * | 200 | nothing is to be done: `reason`; or a ping |
 * | 400, 401, 415 | the delivery is wrong and stays wrong: `error` |
 *
 * Rejects when a port does: then, and only then, a redelivery should try again. It starts nothing twice, since an
 * execution's name derives from the body.
 */
export function createWebhook(ports: WebhookPorts): (delivery: Delivery) => Promise<Answer> {
  return async ({ headers, body, receivedAt }) => {
    const signature = await checkSignature(body, headers["x-hub-signature-256"], ports.secret);
    if ("problem" in signature) return { status: 401, body: { error: signatureAdvice[signature.problem] } };
    const { text } = signature;

    const request = readRequest(headers, text, receivedAt);
    if ("push" in request) return answerPush(request.push, body, ports);
    return "pullRequest" in request ? answerPullRequest(request.pullRequest, { body, receivedAt }, ports) : request;
  };
}

/** What a signed delivery is about: a push, a pull request, or an answer that is given already. */
function readRequest(
  headers: Delivery["headers"],
  text: string,
  receivedAt: Date,
): Answer | { push: Push } | { pullRequest: PullRequest } {
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
  return { status: 200, body: { reason: "Lockmaster makes no use of this event" } };
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

/** The value that a text stands for; undefined, which JSON cannot say, when it is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function answerPush(push: Push, body: Uint8Array, { configurations, executions }: WebhookPorts): Promise<Answer> {
  const ignored = reasonToIgnore(push);
  if (ignored !== undefined) return { status: 200, body: { reason: ignored } };

  const stored = await configurations.configuration(push.repository);
  const routing = routePush(push, stored?.configuration);
  if ("reason" in routing) return { status: 200, body: { reason: routing.reason } };

  // All are waited for, even when one fails: Lambda freezes what is under way once the answer is given.
  const starts = await Promise.allSettled(
    routing.releases.map(async (release) => {
      const name = executionName(release.repository, release.environment, body);
      const { started } = await executions.start(name, release);
      return { name, environment: release.environment, started };
    }),
  );
  const failure = starts.find((start) => start.status === "rejected");
  if (failure !== undefined) throw failure.reason;
  return { status: 202, body: { executions: starts.flatMap((s) => (s.status === "fulfilled" ? [s.value] : [])) } };
}

async function answerPullRequest(
  pullRequest: PullRequest,
  { body, receivedAt }: Pick<Delivery, "body" | "receivedAt">,
  { configurations, executions, closePullRequest }: WebhookPorts,
): Promise<Answer> {
  const routing = routePullRequest(pullRequest);
  if ("reason" in routing) return { status: 200, body: routing };

  const { repository } = pullRequest;
  const stored = await configurations.configuration(repository);
  if (stored === undefined) return { status: 200, body: { reason: `${repository} is not in the configuration` } };
  if ("closed" in routing) {
    await closePullRequest({ ...routing.closed, receivedAt: receivedAt.toISOString() }, stored.configuration.images);
    return { status: 200, body: { reason: `pull request ${pullRequest.number} was closed: its check is stopped` } };
  }
  const { check, environment } = routing;
  const name = executionName(repository, environment, body);
  const { started } = await executions.start(name, check);
  return { status: 202, body: { executions: [{ name, environment, started }] } };
}
