import type { RepositoryConfiguration } from "../config/schema.ts";
import { claimPullRequest, type PullRequestEvent } from "./claim-pull-request.ts";
import { type StopPorts, stopSuperseded } from "./stop-superseded.ts";

/**
 * Stops the check of a closed pull request, and keeps older events that arrive late from starting another one. Idempotent.
 *
 * @param images of the repository, as the configuration has them now
 * @throws RetryableError CONFLICT when another event claims the pull request at the same time
 */
export async function closePullRequest(
  ports: StopPorts,
  closed: Omit<PullRequestEvent, "executionArn">,
  images: RepositoryConfiguration["images"],
): Promise<void> {
  const claim = await claimPullRequest(ports.ledger, closed);
  if (claim.state === "newest") await stopSuperseded(ports, claim.record, images);
}
