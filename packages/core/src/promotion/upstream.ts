import { RejectedError } from "../lib/errors.ts";
import type { ReleaseSummary } from "../ledger/release-record.ts";

/** A release upstream, and whether its execution still runs: a record stays open when an execution fails early. */
export type UpstreamRelease = ReleaseSummary & {
  running: boolean;
  /** The newer release that superseded it, which was not superseded itself. */
  newer?: Pick<ReleaseSummary, "id" | "sha" | "kind">;
};

/** The tagged commit, and the environment (`from`) that must have verified it. */
export type Promotion = {
  sha: string;
  from: string;
  images: readonly string[];
  /** The newest release of any commit that succeeded upstream. */
  lastSuccess?: Pick<ReleaseSummary, "id" | "sha">;
};

export type UpstreamVerdict =
  | { state: "verified"; release: ReleaseSummary }
  | { state: "waiting"; retryAfterSeconds: number; reason: string };

/** A branch and a tag that are pushed together arrive in any order. */
const graceSeconds = 120;
/** The longest that a promotion waits for a running release upstream. */
const maxWaitSeconds = 2 * 3600;
const minIntervalSeconds = 20;
const maxIntervalSeconds = 300;

/**
 * Decides whether a commit may be promoted, by the newest of its releases upstream that has a result. A success verifies the
 * commit, a rolled back release refuses it, and the promotion waits for a running one. A release in which no task ran, or that
 * ended before it changed anything, has no result.
 *
 * @param releases of the promoted commit upstream, the newest first
 * @param ageSeconds since the promotion was started, or redriven
 * @throws RejectedError UPSTREAM_UNVERIFIED, UPSTREAM_DEADLINE_EXCEEDED
 */
export function judgeUpstream(
  promotion: Promotion,
  releases: readonly UpstreamRelease[],
  ageSeconds: number,
): UpstreamVerdict {
  const { sha, from } = promotion;
  const newest = releases.find(hasResult);
  if (newest === undefined) {
    if (releases.length > 0 || ageSeconds >= graceSeconds)
      throw rejected(`${sha} ${whyUnverified(promotion, releases.find(isNotSuperseded) ?? releases[0])}`);
    return {
      state: "waiting",
      ...pause(ageSeconds, graceSeconds),
      reason: `no release of ${sha} to ${from} has started yet`,
    };
  }
  if (newest.status === "succeeded") return { state: "verified", release: requireImages(promotion, newest) };
  if (newest.status !== "open" || !newest.running) throw unverified(promotion, whyKnownBad(from, newest));
  if (ageSeconds < maxWaitSeconds) {
    return {
      state: "waiting",
      ...pause(ageSeconds, maxWaitSeconds),
      reason: `release ${newest.id} to ${from} is still running`,
    };
  }
  throw new RejectedError(
    `release ${newest.id} of ${sha} to ${from} is still running after two hours. Find out what delays it; once it has succeeded, redrive this promotion.`,
    { code: "UPSTREAM_DEADLINE_EXCEEDED" },
  );
}

const isNotSuperseded = ({ status }: UpstreamRelease): boolean => status !== "superseded";

function hasResult({ status, running, attempt }: UpstreamRelease): boolean {
  if (status === "unproven" || status === "superseded") return false;
  const hasEndedMidway = status === "failed" || (status === "open" && !running);
  return !hasEndedMidway || attempt !== undefined;
}

const thenRedrive = "; once that has succeeded, redrive this promotion.";

function whyUnverified({ from, lastSuccess }: Promotion, newest: UpstreamRelease | undefined): string {
  if (newest === undefined) {
    const never = `was never released to ${from}. Release it there${thenRedrive}`;
    if (lastSuccess === undefined) return never;
    return `${never} If it is older than ${lastSuccess.sha}, which runs there (release ${lastSuccess.id}), tag that commit with a new version instead.`;
  }
  const { id, status } = newest;
  if (status === "superseded") return whySuperseded(from, newest);
  return status === "unproven"
    ? `ran no task in ${from} (release ${id}), so it is not proven healthy. Release it there with at least one task per service${thenRedrive}`
    : `was not deployed to ${from}: release ${id} failed before. Find the reason, and redrive that release${thenRedrive}`;
}

/** The execution of a superseded release has succeeded, so it cannot be redriven; and the newer commit contains this one. */
function whySuperseded(from: string, { id, supersededBy = "a newer release", newer }: UpstreamRelease): string {
  const was = `was not deployed to ${from}: release ${id} was superseded there by ${newer?.id ?? supersededBy}`;
  if (newer === undefined) return `${was}. Tag a commit that was released to ${from} since, with a new version.`;
  if (newer.kind === "rollback") return `${was}, a rollback. Release it there again${thenRedrive}`;
  return `${was} of commit ${newer.sha}, which was pushed later. Tag ${newer.sha} with a new version. To promote this state without the later commits, push a commit that reverts them, and tag that one.`;
}

function whyKnownBad(from: string, { id, status, failure }: UpstreamRelease): string {
  if (status === "open") return `is in an unknown state in ${from}: release ${id} ended midway. Release it there again`;
  const cause = failure === undefined ? "" : `: ${failure.cause}`;
  return `failed in ${from} with release ${id}${cause}. Tag a commit with a fix; or release this one there again`;
}

/** A success from before an image was added to the configuration does not verify that image. */
function requireImages(promotion: Promotion, release: ReleaseSummary): ReleaseSummary {
  const missing = promotion.images.filter(
    (image) => release.images?.[image] === undefined || release.builtFrom?.[image] === undefined,
  );
  if (missing.length === 0) return release;
  const why = `was released to ${promotion.from} (release ${release.id}) without ${missing.join(", ")}. Release it there again`;
  throw unverified(promotion, why);
}

const unverified = ({ sha }: Promotion, why: string): RejectedError => rejected(`${sha} ${why}${thenRedrive}`);

const rejected = (message: string): RejectedError => new RejectedError(message, { code: "UPSTREAM_UNVERIFIED" });

/** Longer with the promotion's age: at most 40 polls until the deadline, with nine events of the execution's history each. */
function pause(ageSeconds: number, endSeconds: number): { retryAfterSeconds: number } {
  const stretched = Math.min(maxIntervalSeconds, Math.max(minIntervalSeconds, Math.round(ageSeconds / 4)));
  return { retryAfterSeconds: Math.max(1, Math.min(stretched, Math.ceil(endSeconds - ageSeconds))) };
}
