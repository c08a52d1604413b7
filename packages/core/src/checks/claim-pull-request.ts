import type { PullRequestLedger } from "../ledger/ports.ts";
import type { PullRequestRecord } from "../ledger/pull-request-record.ts";

/** What happened to a pull request: a commit is to be checked, or it was closed. */
export type PullRequestEvent = Pick<PullRequestRecord, "repository" | "ref"> & PullRequestRecord["latest"];

export type Claim =
  /** Nothing newer is known. The checks in `record.superseded` are still to be stopped. */
  { state: "newest"; record: PullRequestRecord } | { state: "superseded"; by: PullRequestRecord["latest"] };

/**
 * Makes an event the newest of its pull request, unless something newer is known: deliveries come in any order, and what
 * GitHub dates later counts. Once more changes nothing.
 *
 * @throws RetryableError CONFLICT when another event claims the pull request at the same time
 */
export async function claimPullRequest(ledger: PullRequestLedger, event: PullRequestEvent): Promise<Claim> {
  const { repository, ref, ...latest } = event;
  const known = await ledger.pullRequest(event);
  const order = known === undefined ? -1 : compareEvents(known.latest, latest);
  if (known !== undefined && order > 0) return { state: "superseded", by: known.latest };
  if (known !== undefined && order === 0) return { state: "newest", record: known };
  const record = {
    repository,
    ref,
    latest,
    superseded: [...(known?.superseded ?? []), ...runOf(known?.latest)],
    version: (known?.version ?? 0) + 1,
  };
  await ledger.writePullRequest(record);
  return { state: "newest", record };
}

/** GitHub's dates have whole seconds: within one, the order in which Lockmaster began decides, the same way every time. */
function compareEvents(a: PullRequestRecord["latest"], b: PullRequestRecord["latest"]): number {
  return (
    Date.parse(a.requestedAt) - Date.parse(b.requestedAt) ||
    Date.parse(a.receivedAt) - Date.parse(b.receivedAt) ||
    compareTexts(a.executionArn ?? "", b.executionArn ?? "")
  );
}

const compareTexts = (a: string, b: string): number => Number(a > b) - Number(a < b);

function runOf(latest: PullRequestRecord["latest"] | undefined): PullRequestRecord["superseded"] {
  return latest?.executionArn === undefined ? [] : [{ executionArn: latest.executionArn, sha: latest.sha }];
}
