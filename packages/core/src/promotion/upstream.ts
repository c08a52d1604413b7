import { RejectedError } from "../lib/errors.ts";
import type { ReleaseSummary } from "../ledger/release-record.ts";

/** A release upstream, and whether its execution is still under way: a record stays open when an execution fails early. */
export type UpstreamRelease = ReleaseSummary & { running: boolean };

/** What was tagged, and where it must have been verified. */
export type Promotion = { sha: string; from: string; images: readonly string[] };

export type UpstreamVerdict =
  | { state: "verified"; release: ReleaseSummary }
  | { state: "waiting"; retryAfterSeconds: number; reason: string };

/** A branch and a tag that are pushed together arrive in any order. */
const graceSeconds = 120;
/** A release upstream that has not ended after this long is nobody's to wait for. */
const deadlineSeconds = 2 * 3600;
const shortestInterval = 20;
const longestInterval = 300;

/**
 * Decides whether a commit may be promoted: by the newest of its releases upstream that says anything. A success verifies it,
 * a release that went back refutes it, one that is under way is waited for. One in which nothing ran, or that ended before it
 * changed anything, says nothing.
 *
 * @param releases of the promoted commit upstream, the newest first
 * @param ageSeconds since the promotion was asked for, or redriven
 * @throws RejectedError UPSTREAM_UNVERIFIED, UPSTREAM_DEADLINE_EXCEEDED
 */
export function judgeUpstream(
  promotion: Promotion,
  releases: readonly UpstreamRelease[],
  ageSeconds: number,
): UpstreamVerdict {
  const { sha, from } = promotion;
  const telling = releases.find((release) => !saysNothing(release));
  if (telling === undefined) {
    if (releases.length > 0 || ageSeconds >= graceSeconds)
      throw unverified(promotion, whyUnverified(from, releases[0]));
    return {
      state: "waiting",
      ...pause(ageSeconds, graceSeconds),
      reason: `no release of ${sha} to ${from} began yet`,
    };
  }
  if (telling.status === "succeeded") return { state: "verified", release: requireImages(promotion, telling) };
  if (telling.status !== "open" || !telling.running) throw unverified(promotion, whyKnownBad(from, telling));
  if (ageSeconds < deadlineSeconds) {
    return { state: "waiting", ...pause(ageSeconds, deadlineSeconds), reason: `${telling.id} to ${from} is under way` };
  }
  throw new RejectedError(
    `the release ${telling.id} of ${sha} to ${from} was waited for two hours, and is still under way. See what holds it up; once it has succeeded, redrive.`,
    { code: "UPSTREAM_DEADLINE_EXCEEDED" },
  );
}

function saysNothing({ status, running, attempt }: UpstreamRelease): boolean {
  if (status === "unproven" || status === "superseded") return true;
  const hasEnded = status === "failed" || (status === "open" && !running);
  return hasEnded && attempt === undefined;
}

function whyUnverified(from: string, newest: UpstreamRelease | undefined): string {
  if (newest === undefined) return `was never released to ${from}. Release it there`;
  const { id, status } = newest;
  return status === "unproven"
    ? `ran no task in ${from} (${id}), so nothing is proven. Release it there with at least one task a service`
    : `did not get as far as being deployed to ${from}: ${id} failed before. See why, and redrive it`;
}

function whyKnownBad(from: string, { id, status, failure }: UpstreamRelease): string {
  if (status === "open") return `is in an unknown state in ${from}: ${id} ended midway. Release it there again`;
  const cause = failure === undefined ? "" : `: ${failure.cause}`;
  return `was taken back in ${from} by ${id}${cause}. Mend it, and tag the commit that mends it; or release this one there again`;
}

/** A success before an image was added to the configuration tells nothing about it. */
function requireImages(promotion: Promotion, release: ReleaseSummary): ReleaseSummary {
  const missing = promotion.images.filter(
    (image) => release.images?.[image] === undefined || release.builtFrom?.[image] === undefined,
  );
  if (missing.length === 0) return release;
  const why = `was released to ${promotion.from} (${release.id}) without ${missing.join(", ")}. Release it there again`;
  throw unverified(promotion, why);
}

function unverified({ sha }: Promotion, why: string): RejectedError {
  return new RejectedError(`${sha} ${why}; once that has succeeded, redrive this promotion.`, {
    code: "UPSTREAM_UNVERIFIED",
  });
}

/** The older, the rarer: at most 40 looks until the deadline, nine events of the execution's history each. */
function pause(ageSeconds: number, endSeconds: number): { retryAfterSeconds: number } {
  const stretched = Math.min(longestInterval, Math.max(shortestInterval, Math.round(ageSeconds / 4)));
  return { retryAfterSeconds: Math.max(1, Math.min(stretched, Math.ceil(endSeconds - ageSeconds))) };
}
