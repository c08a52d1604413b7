import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { DeploymentInput } from "../contract/release-input.ts";
import type { Execution } from "../contract/steps.ts";
import type { OriginLedger } from "../ledger/ports.ts";
import type { Verification } from "../ledger/verification.ts";
import { RejectedError, RetryableError } from "../lib/errors.ts";
import { checkRequester } from "./check-requester.ts";
import { findStart, type Start } from "./find-start.ts";
import { describeRenamed, whyReplaced } from "./identity.ts";
import type { ClaimAnswer, Sources } from "./ports.ts";

export type TrustPorts = {
  ledger: Pick<OriginLedger, "start" | "repositoryIdentity" | "recordIdentity">;
  sources: Sources;
};

export type VerifiedRequest =
  | { state: "verified"; verification: Verification }
  /** GitHub's API may show a push some seconds after its event, or give no answer now. */
  | { state: "waiting"; retryAfterSeconds: number; reason: string }
  /** GitHub shows another state than the execution's input claims. */
  | { state: "refuted"; verification: Verification; error: RejectedError };

/** How long after its start an execution waits for GitHub's API to show what its input claims, and how often it polls. */
const delayed = { longestSeconds: 60, retryAfterSeconds: 10 };
/** The same for an answer at all, where the environment requires it: GitHub's rate limits last up to an hour. */
const silent = { longestSeconds: 3900, retryAfterSeconds: 60 };

/**
 * Verifies what an execution's input claims: that the webhook started it, and that GitHub's repository is still the same one and
 * has the commit on that branch, or under that tag. What cannot be verified is recorded as such, and refused where the environment
 * requires verification.
 *
 * @param ageSeconds since the execution was started, or redriven
 * @throws RejectedError REQUEST_UNVERIFIED, REQUESTER_NOT_ALLOWED, REPOSITORY_CHANGED
 * @throws RetryableError GITHUB_UNAVAILABLE when the environment requires GitHub's answer
 */
export async function verifyRequest(
  { ledger, sources }: TrustPorts,
  { execution, input }: { execution: Execution; input: DeploymentInput },
  environment: EnvironmentConfiguration,
  { now, ageSeconds }: { now: Date; ageSeconds: number },
): Promise<VerifiedRequest> {
  const start = await findStart(ledger, execution, input);
  const isRequired = environment.verification === "required";
  if (isRequired && start.by !== "webhook") throw unverified(input, "this execution was started by hand");
  await checkRequester(sources, input, environment, start);

  const answer = await sources.confirm(input);
  await refuseOtherRepository(ledger, input.repository, answer, now);
  refuseOtherInstallation(input, start, answer);
  if (isRequired && answer.state === "unknown") {
    if (!answer.isTemporary || ageSeconds >= silent.longestSeconds) throw unconfirmed(input, answer);
    return { state: "waiting", retryAfterSeconds: silent.retryAfterSeconds, reason: answer.why };
  }
  const verification: Verification = {
    startedBy: start.by,
    ...(answer.state === "unknown" && { unconfirmed: answer.why }),
  };
  if (answer.state !== "refuted") return { state: "verified", verification };
  if (start.by === "webhook" && ageSeconds < delayed.longestSeconds) {
    return { state: "waiting", retryAfterSeconds: delayed.retryAfterSeconds, reason: `at GitHub ${answer.why}` };
  }
  return { state: "refuted", verification, error: mismatch(input, answer.why) };
}

/** @throws RejectedError REPOSITORY_CHANGED */
async function refuseOtherRepository(
  ledger: TrustPorts["ledger"],
  repository: string,
  answer: ClaimAnswer,
  now: Date,
): Promise<void> {
  if (answer.state === "unknown") return;
  const why =
    answer.state === "renamed"
      ? describeRenamed(repository, answer.to)
      : await whyReplaced(ledger, { repository, id: answer.repositoryId, since: now.toISOString() });
  if (why !== undefined) throw new RejectedError(`${why}. Then redrive.`, { code: "REPOSITORY_CHANGED" });
}

/** An App has one secret for all its installations: the delivery must come through the repository's own. */
function refuseOtherInstallation(input: DeploymentInput, { record }: Start, answer: ClaimAnswer): void {
  if (answer.state !== "confirmed" || record?.installation === undefined) return;
  const { installation } = answer;
  if (installation === undefined || installation === record.installation) return;
  throw new RejectedError(
    `the delivery came through installation ${record.installation} of the GitHub App, but ${input.repository} belongs to installation ${installation}. If the App was installed anew, let GitHub deliver a new push.`,
    { code: "REQUEST_UNVERIFIED" },
  );
}

const unverified = ({ repository, environment }: DeploymentInput, why: string) =>
  new RejectedError(
    `${environment} of ${repository} requires verified releases (verification: "required"), and ${why}. Push the commit or the tag again, so that GitHub's delivery starts the release.`,
    { code: "REQUEST_UNVERIFIED" },
  );

function unconfirmed(
  { repository, environment, ref, sha }: DeploymentInput,
  { why, isTemporary }: Extract<ClaimAnswer, { state: "unknown" }>,
): Error {
  const message = `${environment} of ${repository} requires verified releases (verification: "required"), and GitHub has not confirmed that ${ref} has ${sha}: ${why}`;
  if (isTemporary) return new RetryableError(message, { code: "GITHUB_UNAVAILABLE" });
  return new RejectedError(`${message}. Fix Lockmaster's credentials for GitHub (docs/github.md), then redrive.`, {
    code: "REQUEST_UNVERIFIED",
  });
}

const mismatch = ({ repository, sha }: DeploymentInput, why: string) =>
  new RejectedError(
    `at GitHub ${why}, and so the release of ${sha} of ${repository} is refused. If the ref was moved since, its own push starts a release; otherwise push ${sha} to it.`,
    { code: "REF_MISMATCH" },
  );
