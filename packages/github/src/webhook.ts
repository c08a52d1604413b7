import type { PullRequestEvent } from "@lockmaster/core/checks/claim-pull-request.ts";
import { type PullRequest, routePullRequest } from "@lockmaster/core/checks/route-pull-request.ts";
import type { RepositoryConfiguration } from "@lockmaster/core/config/schema.ts";
import { type Push, reasonToIgnore, routePush } from "@lockmaster/core/contract/routing.ts";
import type { ConfigurationLedger } from "@lockmaster/core/ledger/ports.ts";
import { InvalidInputError } from "@lockmaster/core/lib/errors.ts";
import { checksEnvironment } from "@lockmaster/core/lib/names.ts";
import { printable } from "@lockmaster/core/lib/printable.ts";
import { knownSecret } from "./known-secret.ts";
import { readPing, readPullRequest, readPush } from "./payloads.ts";
import { whyRefused, whyUnknown, type RepositoryPorts } from "./refuse-repository.ts";
import { isSameRepository, repositoryIn, secretFor, type WebhookSecret } from "./repository-secret.ts";
import { decodeUtf8, isSignedWith, isWellFormed } from "./signature.ts";
import { startExecution, type StartPorts } from "./start-execution.ts";

export type WebhookPorts = {
  executions: StartPorts["executions"];
  origins: StartPorts["origins"] & RepositoryPorts["origins"];
  metrics: RepositoryPorts["metrics"];
  secret: WebhookSecret;
  configurations: ConfigurationLedger;
  /** Stops the check of a closed pull request. */
  closePullRequest: (closed: ClosedPullRequest, images: RepositoryConfiguration["images"]) => Promise<void>;
};

export type ClosedPullRequest = Omit<PullRequestEvent, "executionArn">;

/** A request as it was received; header names in lower case. */
export type WebhookRequest = {
  /** `/`, or `/owner/name` for a repository with a secret of its own. */
  path?: string;
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
  receivedAt: Date;
};

/** HTTP status and JSON body. */
export type WebhookAnswer = { status: number; body: Readonly<Record<string, unknown>> };

/** Lambda accepts 6 MB, base64 and envelope included; GitHub sends up to 25 MB. */
const maxBodyBytes = 5 * 1024 * 1024;

/** The delivery is signed: only GitHub can raise the alarm. */
const tooLarge = (size: number): WebhookAnswer => ({
  status: 413,
  body: {
    error: `the payload has ${size} bytes, more than ${maxBodyBytes}, and would have as many in a redelivery: start the release by hand, see docs/github.md#deliveries-that-failed`,
  },
});

type SignatureProblem = "absent" | "malformed" | "wrong";

/** GitHub's longest event has 39 characters. */
const longestEvent = 80;

const mergeQueueReason =
  "Lockmaster runs no checks in a merge queue, and reports no status to GitHub: do not require one of Lockmaster's there. The push of what the queue merges is built, tested and released: docs/checks.md";

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
 * | 400, 401, 413, 415 | the request is invalid and a redelivery does not help: `error` |
 *
 * Rejects when a port does: only then should GitHub redeliver. A redelivery starts nothing twice, since an execution's name
 * derives from the body.
 */
export function createWebhook(ports: WebhookPorts): (request: WebhookRequest) => Promise<WebhookAnswer> {
  const isSignedByUs = knownSecret(ports.secret);
  return async ({ path = "/", headers, body, receivedAt }) => {
    const owner = repositoryIn(path);
    const signature = await checkSignature(body, headers["x-hub-signature-256"], (signs) =>
      isSignedByUs((secret) => signs(secretFor(secret, owner)), receivedAt.getTime()),
    );
    if ("problem" in signature) return { status: 401, body: { error: signatureAdvice[signature.problem] } };
    if (body.byteLength > maxBodyBytes) return tooLarge(body.byteLength);
    const event = readEvent(headers, signature.text, receivedAt);
    if ("status" in event) return event;
    const about = "push" in event ? event.push : event.pullRequest;
    if (owner !== undefined && !isSameRepository(about.repository, owner))
      return await answerOther(owner, about, ports);
    if ("push" in event) return answerPush(event.push, { body, receivedAt }, ports);
    return answerPullRequest(event.pullRequest, { body, receivedAt }, ports);
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
  if (event === "merge_group") return { status: 200, body: { reason: mergeQueueReason } };
  return { status: 200, body: { reason: `Lockmaster does not use ${printable(event, longestEvent)} events` } };
}

async function checkSignature(
  body: Uint8Array,
  signature: string | undefined,
  isSigned: (signs: (secret: string) => Promise<boolean>) => Promise<boolean>,
): Promise<{ text: string } | { problem: SignatureProblem }> {
  if (signature === undefined) return { problem: "absent" };
  if (!isWellFormed(signature)) return { problem: "malformed" };
  const text = decodeUtf8(body);
  if (text === undefined || text === "") return { problem: "wrong" };
  return (await isSigned((secret) => isSignedWith(secret, text, signature))) ? { text } : { problem: "wrong" };
}

/** The value of a JSON text; undefined, which JSON cannot express, for any other text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A renamed repository still sends its events to the URL with its old name. */
async function answerOther(owner: string, about: Push | PullRequest, ports: WebhookPorts): Promise<WebhookAnswer> {
  const { repository, repositoryId } = about;
  const before = repositoryId === undefined ? undefined : await ports.origins.repositoryWithId(repositoryId);
  if (before !== undefined && isSameRepository(before, owner)) {
    const why = await whyUnknown(ports, about);
    return nothing(
      `${why}. Then write the new name at the end of its webhook's URL, too, with the secret that this prints: lockmaster webhook-secret --repository ${repository}`,
    );
  }
  const error = `the delivery is signed with the secret of ${owner}, but it is about ${repository}`;
  return { status: 401, body: { error } };
}

type Received = Pick<WebhookRequest, "body" | "receivedAt">;

const nothing = (reason: string): WebhookAnswer => ({ status: 200, body: { reason } });

async function answerPush(push: Push, { body, receivedAt }: Received, ports: WebhookPorts): Promise<WebhookAnswer> {
  const ignored = reasonToIgnore(push);
  if (ignored !== undefined) return nothing(ignored);

  const stored = await ports.configurations.configuration(push.repository);
  if (stored === undefined) return nothing(await whyUnknown(ports, push));
  const refused = await whyRefused(ports, push, receivedAt);
  if (refused !== undefined) return nothing(refused);
  const routing = routePush(push, stored.configuration);
  if ("reason" in routing) return nothing(routing.reason);

  const delivery = { body, receivedAt, installation: push.installation };
  // Waits for every start, even when one fails: after the answer Lambda freezes those that are not done.
  const starts = await Promise.allSettled(
    routing.releases.map((release) => startExecution(ports, delivery, release, release.environment)),
  );
  const failure = starts.find((start) => start.status === "rejected");
  if (failure !== undefined) throw failure.reason;
  return { status: 202, body: { executions: starts.flatMap((s) => (s.status === "fulfilled" ? [s.value] : [])) } };
}

async function answerPullRequest(
  pullRequest: PullRequest,
  { body, receivedAt }: Received,
  ports: WebhookPorts,
): Promise<WebhookAnswer> {
  const routing = routePullRequest(pullRequest);
  if ("reason" in routing) return { status: 200, body: routing };

  const { repository } = pullRequest;
  const stored = await ports.configurations.configuration(repository);
  if (stored === undefined) return nothing(await whyUnknown(ports, pullRequest));
  const refused = await whyRefused(ports, pullRequest, receivedAt);
  if (refused !== undefined) return nothing(refused);
  if ("closed" in routing) {
    await ports.closePullRequest(
      { ...routing.closed, receivedAt: receivedAt.toISOString() },
      stored.configuration.images,
    );
    return nothing(`pull request ${pullRequest.number} was closed: its check is stopped`);
  }
  const delivery = { body, receivedAt, installation: pullRequest.installation };
  const started = await startExecution(ports, delivery, routing.check, checksEnvironment);
  return { status: 202, body: { executions: [started] } };
}
