import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReleaseStatus } from "../ledger/release-record.ts";
import { judgeUpstream, type UpstreamRelease } from "./upstream.ts";

const sha = "a".repeat(40);
const images = { frontend: "sha256:1", backend: "sha256:2" };
const promotion = { sha, from: "staging", images: ["backend", "frontend"] };

let releases = 0;
function upstream(status: ReleaseStatus, change: Partial<UpstreamRelease> = {}): UpstreamRelease {
  releases += 1;
  return {
    id: `shop-staging-${releases}`,
    executionArn: `arn:${releases}`,
    startedAt: "2026-11-20T10:00:00.000Z",
    kind: "deploy",
    repository: "acme/shop",
    environment: "staging",
    ref: "refs/heads/main",
    sha,
    requestedBy: { kind: "github", login: "octocat" },
    requestedAt: "2026-11-20T09:59:59Z",
    policyHash: "0123",
    status,
    running: false,
    ...(status === "succeeded" && { images, builtFrom: { frontend: sha, backend: sha } }),
    ...change,
  };
}
const succeeded = () => upstream("succeeded");
const underWay = () => upstream("open", { running: true });
const failedEarly = () => upstream("open");
const brokenOff = () => upstream("open", { attempt: 0 });
const back = () => upstream("rolled-back", { failure: { error: "RolloutFailedError", cause: "OUT_OF_MEMORY: of it" } });

/** `verified`, `waiting`, or the refusal. */
function judge(found: readonly UpstreamRelease[], ageSeconds = 300): string {
  try {
    return judgeUpstream(promotion, found, ageSeconds).state;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe("a commit", () => {
  test.each<[string, UpstreamRelease[], string]>([
    ["succeeded last", [succeeded(), back()], "verified"],
    ["succeeded, and no task ran since", [upstream("unproven"), succeeded()], "verified"],
    [
      "succeeded, and the release of it since failed before it changed anything",
      [failedEarly(), succeeded()],
      "verified",
    ],
    ["is under way", [underWay()], "waiting"],
    ["is under way again", [underWay(), succeeded()], "waiting"],
    ["was taken back", [back()], "was taken back in staging"],
    ["was taken back since", [back(), succeeded()], "OUT_OF_MEMORY: of it"],
    ["could not be taken back", [upstream("rollback-failed"), succeeded()], "was taken back in staging"],
    ["was broken off midway", [brokenOff(), succeeded()], "is in an unknown state in staging"],
    ["ran no task", [upstream("unproven")], "ran no task in staging"],
    ["failed before it changed anything", [failedEarly()], "failed before"],
    [
      "succeeded before there was a backend",
      [upstream("succeeded", { images: { frontend: "sha256:1" } })],
      "without backend",
    ],
    ["was never released", [], "was never released to staging. Release it there; once that has succeeded, redrive"],
  ])("that %s", (_, found, says) => {
    const verdict = judge(found);
    expect(verdict).toContain(says);
    const isAnswer = says === "verified" || says === "waiting";
    expect(verdict.startsWith(`UPSTREAM_UNVERIFIED: ${sha} `)).toBe(!isAnswer);
  });

  test("that just comes is given two minutes to be released, since its tag may come first", () => {
    expect(judge([], 119)).toBe("waiting");
    expect(judge([], 120)).toContain("UPSTREAM_UNVERIFIED");
  });

  test("is verified by the release that succeeded last, and by its digests", () => {
    const [last, before] = [succeeded(), succeeded()];
    expect(judgeUpstream(promotion, [last, before], 0)).toEqual({ state: "verified", release: last });
  });
});

test("a release under way is waited for two hours, in at most forty looks", () => {
  let [ageSeconds, polls] = [0, 0];
  for (;;) {
    if (ageSeconds >= 7200) break;
    const verdict = judgeUpstream(promotion, [underWay()], ageSeconds);
    if (verdict.state !== "waiting") throw new Error("It ended");
    ageSeconds += verdict.retryAfterSeconds;
    polls += 1;
  }
  expect(polls).toBeLessThanOrEqual(40);
  expect(ageSeconds).toBe(7200);
  expect(judge([underWay()], 7200)).toContain("UPSTREAM_DEADLINE_EXCEEDED");
});

test("nothing is promoted but what the newest release that says anything left behind", () => {
  const kinds = fc.constantFrom(succeeded, underWay, failedEarly, brokenOff, back, () => upstream("unproven"));
  fc.assert(
    fc.property(fc.array(kinds), fc.nat(10_000), (makers, ageSeconds) => {
      const found = makers.map((make) => make());
      const telling = found.find(
        ({ status, running, attempt }) =>
          status !== "unproven" && (status !== "open" || running || attempt !== undefined),
      );
      expect(judge(found, ageSeconds) === "verified").toBe(telling?.status === "succeeded");
    }),
  );
});
