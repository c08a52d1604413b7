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
const running = () => upstream("open", { running: true });
const failedEarly = () => upstream("open");
const brokenOff = () => upstream("open", { attempt: 0 });
const rolledBack = () =>
  upstream("rolled-back", { failure: { error: "RolloutFailedError", cause: "OUT_OF_MEMORY: of it" } });

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
    ["succeeded last", [succeeded(), rolledBack()], "verified"],
    ["succeeded, and no task ran since", [upstream("unproven"), succeeded()], "verified"],
    [
      "succeeded, and the release of it since failed before it changed anything",
      [failedEarly(), succeeded()],
      "verified",
    ],
    ["is being released", [running()], "waiting"],
    ["is being released again", [running(), succeeded()], "waiting"],
    ["was rolled back", [rolledBack()], "failed in staging with release "],
    ["was rolled back since", [rolledBack(), succeeded()], "OUT_OF_MEMORY: of it"],
    ["could not be rolled back", [upstream("rollback-failed"), succeeded()], "failed in staging with release "],
    ["ended midway", [brokenOff(), succeeded()], "is in an unknown state in staging"],
    ["ran no task", [upstream("unproven")], "ran no task in staging"],
    ["failed before it changed anything", [failedEarly()], "failed before"],
    [
      "succeeded before there was a backend",
      [upstream("succeeded", { images: { frontend: "sha256:1" } })],
      "without backend",
    ],
    [
      "was superseded",
      [upstream("superseded", { newer: { id: "newer", sha: "b".repeat(40), kind: "deploy" } })],
      `was superseded there by newer of commit ${"b".repeat(40)}, which was pushed later. Tag ${"b".repeat(40)} with a new version`,
    ],
    [
      "was superseded by a rollback",
      [upstream("superseded", { newer: { id: "back", sha: "b".repeat(40), kind: "rollback" } })],
      "was superseded there by back, a rollback. Release it there again",
    ],
    [
      "was superseded by a release that is too old to be found",
      [upstream("superseded", { supersededBy: "old" })],
      "was superseded there by old. Tag a commit that was released to staging since, with a new version.",
    ],
    ["was superseded after it had succeeded", [upstream("superseded"), succeeded()], "verified"],
    ["was superseded after its release had failed early", [upstream("superseded"), failedEarly()], "failed before"],
    ["was never released", [], "was never released to staging. Release it there; once that has succeeded, redrive"],
  ])("that %s", (_, found, says) => {
    const verdict = judge(found);
    expect(verdict).toContain(says);
    const isAnswer = says === "verified" || says === "waiting";
    expect(verdict.startsWith(`UPSTREAM_UNVERIFIED: ${sha} `)).toBe(!isAnswer);
  });

  test("without a release waits two minutes for one, since its tag may arrive first", () => {
    expect(judge([], 119)).toBe("waiting");
    expect(judge([], 120)).toContain("UPSTREAM_UNVERIFIED");
  });

  test("that was never released is refused with the commit that runs upstream", () => {
    const lastSuccess = { id: "runs", sha: "b".repeat(40) };
    expect(() => judgeUpstream({ ...promotion, lastSuccess }, [], 120)).toThrow(
      `If it is older than ${lastSuccess.sha}, which runs there (release runs), tag that commit with a new version instead.`,
    );
  });

  test("is verified by the release that succeeded last, and by its digests", () => {
    const [last, before] = [succeeded(), succeeded()];
    expect(judgeUpstream(promotion, [last, before], 0)).toEqual({ state: "verified", release: last });
  });
});

test("waits two hours for a running release, in at most forty polls", () => {
  let [ageSeconds, polls] = [0, 0];
  for (;;) {
    if (ageSeconds >= 7200) break;
    const verdict = judgeUpstream(promotion, [running()], ageSeconds);
    if (verdict.state !== "waiting") throw new Error("The wait ended early");
    ageSeconds += verdict.retryAfterSeconds;
    polls += 1;
  }
  expect(polls).toBeLessThanOrEqual(40);
  expect(ageSeconds).toBe(7200);
  expect(judge([running()], 7200)).toContain("UPSTREAM_DEADLINE_EXCEEDED");
});

test("only a commit whose newest release with a result succeeded is promoted", () => {
  const kinds = fc.constantFrom(succeeded, running, failedEarly, brokenOff, rolledBack, () => upstream("unproven"));
  fc.assert(
    fc.property(fc.array(kinds), fc.nat(10_000), (makers, ageSeconds) => {
      const found = makers.map((make) => make());
      const newest = found.find(
        ({ status, running, attempt }) =>
          status !== "unproven" && (status !== "open" || running || attempt !== undefined),
      );
      expect(judge(found, ageSeconds) === "verified").toBe(newest?.status === "succeeded");
    }),
  );
});
