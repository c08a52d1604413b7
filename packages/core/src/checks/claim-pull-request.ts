import { believedTime } from "../lib/request-time.ts";
import type { PullRequestLedger } from "../ledger/ports.ts";
import type { PullRequestRecord } from "../ledger/pull-request-record.ts";

/** A new commit of a pull request, which starts a check; or, without an execution, its closing. */
export type PullRequestEvent = Pick<PullRequestRecord, "repository" | "ref"> & PullRequestRecord["latest"];

export type Claim =
  /** The event is the newest. The checks in `record.superseded` must still be stopped. */
  { state: "newest"; record: PullRequestRecord } | { state: "superseded"; by: PullRequestRecord["latest"] };

/**
 * Records an event as the newest of its pull request, unless a newer one is recorded: deliveries come in any order, and GitHub's
 * date decides. Idempotent.
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

/**
 * GitHub's dates have whole seconds: within one second, the order in which Lockmaster received the events decides. An event that
 * an operator sent, or that an older version recorded, may claim any date.
 */
function compareEvents(a: PullRequestRecord["latest"], b: PullRequestRecord["latest"]): number {
  return (
    timeOf(a) - timeOf(b) ||
    Date.parse(a.receivedAt) - Date.parse(b.receivedAt) ||
    compareTexts(a.executionArn ?? "", b.executionArn ?? "")
  );
}

const timeOf = ({ requestedAt, receivedAt }: PullRequestRecord["latest"]): number =>
  Date.parse(believedTime(requestedAt, receivedAt));

const compareTexts = (a: string, b: string): number => Number(a > b) - Number(a < b);

function runOf(latest: PullRequestRecord["latest"] | undefined): PullRequestRecord["superseded"] {
  return latest?.executionArn === undefined ? [] : [{ executionArn: latest.executionArn, sha: latest.sha }];
}
