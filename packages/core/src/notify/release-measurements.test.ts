import { expect, test } from "vitest";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import { releaseMeasurements } from "./release-measurements.ts";

const digest = `sha256:${"1".repeat(64)}`;
const record: ReleaseRecord = {
  id: "shop-staging-1",
  executionArn: "arn:aws:states:eu-central-1:123456789012:execution:release:shop-staging-1",
  startedAt: "2026-11-20T10:00:02.000Z",
  kind: "deploy",
  repository: "acme/shop",
  environment: "staging",
  ref: "refs/heads/main",
  sha: "c".repeat(40),
  requestedBy: { kind: "github", login: "octocat" },
  requestedAt: "2026-11-20T10:00:00Z",
  policyHash: "0123",
  status: "succeeded",
  endedAt: "2026-11-20T10:20:00.000Z",
  intents: { web: { at: "2026-11-20T10:15:00Z" }, api: { at: "2026-11-20T10:14:02Z" } },
};

test("a success counts once, with the phases before and after the first change of a service", () => {
  expect(releaseMeasurements(record)).toEqual([
    { metric: "Releases", of: "succeeded", value: 1 },
    { metric: "PhaseDuration", of: "prepare", value: 840 },
    { metric: "PhaseDuration", of: "rollout", value: 358 },
    { metric: "PhaseDuration", of: "whole", value: 1200 },
  ]);
});

test("a task before the rollout is the first change", () => {
  const run = {
    attempt: 1,
    redriveCount: 0,
    run: 1,
    taskDefinition: "task-definition/migrate:1",
    status: "succeeded",
    version: 1,
  } as const;
  const tasks = {
    migrate: { ...run, when: "before", startedAt: "2026-11-20T10:10:02Z" },
    smoke: { ...run, when: "after", startedAt: "2026-11-20T10:01:00Z" },
  } as const;
  expect(releaseMeasurements({ ...record, tasks })).toContainEqual({
    metric: "PhaseDuration",
    of: "prepare",
    value: 600,
  });
});

test("a release that changed nothing has no rollout phase, a superseded one no duration", () => {
  const { intents: _, ...unchanged } = record;
  expect(releaseMeasurements(unchanged)).toEqual([
    { metric: "Releases", of: "succeeded", value: 1 },
    { metric: "PhaseDuration", of: "whole", value: 1200 },
  ]);
  expect(releaseMeasurements({ ...record, status: "superseded" })).toEqual([
    { metric: "Releases", of: "superseded", value: 1 },
  ]);
});

test.each([
  ["a rollback, whose intents are older than its lock", { kind: "rollback" }],
  ["a release that was redriven, perhaps days later", { redriven: true }],
] as const)("%s has one duration, without phases", (_, change) => {
  expect(releaseMeasurements({ ...record, ...change })).toEqual([
    { metric: "Releases", of: "succeeded", value: 1 },
    { metric: "PhaseDuration", of: "whole", value: 1200 },
  ]);
});

test("counts the findings of all images, and none for an image without a scan", () => {
  const judgements = {
    web: { digest, scan: { result: "passed", counts: { high: 2, low: 1 } } },
    api: { digest, scan: { result: "refused", counts: { critical: 1, high: 1 } } },
    worker: { digest, scan: { result: "unsupported", counts: {} } },
  } as const;
  const found = (of: ReleaseRecord) => releaseMeasurements(of).filter(({ metric }) => metric === "Findings");
  expect(found({ ...record, judgements })).toEqual([
    { metric: "Findings", of: "critical", value: 1 },
    { metric: "Findings", of: "high", value: 3 },
    { metric: "Findings", of: "medium", value: 0 },
    { metric: "Findings", of: "low", value: 1 },
    { metric: "Findings", of: "informational", value: 0 },
    { metric: "Findings", of: "undefined", value: 0 },
  ]);
  expect(found({ ...record, judgements: { worker: judgements.worker } })).toEqual([]);
});

test.each([
  ["a gate", "RejectedError", false],
  ["a failed rollout", "RolloutFailedError", false],
  ["an input edited by hand", "InvalidInputError", false],
  ["an operator", "ABORTED", false],
  ["an operator who gives a reason", "Enough of it", false],
  ["Step Functions", "States.DataLimitExceeded", true],
  ["Lambda", "Lambda.TooManyRequestsException", true],
  ["a retryable error after the last retry", "RetryableError", true],
  ["a bug", "TypeError", true],
  ["a timeout", "TIMED_OUT", true],
])("a release that ends by %s (%s) counts as broken: %s", (_, error, broken) => {
  const counted = releaseMeasurements({ ...record, status: "failed", failure: { error, cause: "why" } });
  expect(counted.some(({ metric }) => metric === "BrokenReleases")).toBe(broken);
});

test("a recovery that did not restore its environment counts as failed", () => {
  const recovers = { executionArn: "arn", redriveCount: 0 };
  const failed = ({ status }: Pick<ReleaseRecord, "status">) =>
    releaseMeasurements({ ...record, kind: "rollback", recovers, status }).some(
      ({ metric }) => metric === "FailedRecoveries",
    );
  expect(failed({ status: "rollback-failed" })).toBe(true);
  expect(failed({ status: "failed" })).toBe(true);
  expect(failed({ status: "succeeded" })).toBe(false);
  expect(failed({ status: "superseded" })).toBe(false);
});

test("checks and open releases are not counted", () => {
  expect(releaseMeasurements({ ...record, kind: "check" })).toEqual([]);
  expect(releaseMeasurements({ ...record, status: "open" })).toEqual([]);
});
