import { expect, test } from "vitest";
import type { ObservedBuild } from "./ports.ts";
import { readOutcome } from "./build-outcome.ts";

const digest = `sha256:${"0a".repeat(32)}`;

function observed(changes: Partial<ObservedBuild>): ObservedBuild {
  return { id: "shop:1", project: "shop", status: "SUCCEEDED", environment: {}, exported: {}, ...changes };
}

test.each([
  { name: "a running build has no outcome", build: observed({ status: "IN_PROGRESS" }), outcome: undefined },
  {
    name: "a success has a digest and a size",
    build: observed({ exported: { LOCKMASTER_DIGEST: digest, LOCKMASTER_SIZE_BYTES: "1234" } }),
    outcome: { status: "succeeded", digest, sizeBytes: 1234 },
  },
  {
    name: "a success needs no size",
    build: observed({ exported: { LOCKMASTER_DIGEST: digest } }),
    outcome: { status: "succeeded", digest },
  },
  {
    name: "a success without a digest is a failure",
    build: observed({}),
    outcome: {
      status: "failed",
      failure: { code: "BUILD_WITHOUT_DIGEST", message: expect.stringContaining("no LOCKMASTER_DIGEST") },
    },
  },
  {
    name: "a digest that is a tag is no digest",
    build: observed({ exported: { LOCKMASTER_DIGEST: "latest" } }),
    outcome: {
      status: "failed",
      failure: { code: "BUILD_WITHOUT_DIGEST", message: expect.stringContaining('LOCKMASTER_DIGEST="latest"') },
    },
  },
  {
    name: "a failed command has its phase, exit status and log, without the text of the command",
    build: observed({
      status: "FAILED",
      failedPhase: {
        phase: "BUILD",
        message: "COMMAND_EXECUTION_ERROR: Error while executing command: docker.\nReason: exit status 1",
      },
      logUrl: "https://console.aws.amazon.com/log",
    }),
    outcome: {
      status: "failed",
      failure: {
        code: "BUILD_FAILED",
        message: "the build failed in phase BUILD with exit status 1",
        logUrl: "https://console.aws.amazon.com/log",
      },
    },
  },
  {
    name: "a stopped build is a failure",
    build: observed({ status: "STOPPED" }),
    outcome: { status: "failed", failure: { code: "BUILD_FAILED", message: "the build was stopped" } },
  },
])("$name", ({ build, outcome }) => {
  expect(readOutcome(build, {})).toEqual(outcome);
});

test.each([
  {
    name: "a check that ran its tests has passed",
    exported: { LOCKMASTER_OUTCOME: "tested" },
    outcome: { status: "succeeded" },
  },
  {
    name: "the digest that a check exports is ignored",
    exported: { LOCKMASTER_OUTCOME: "tested", LOCKMASTER_DIGEST: digest },
    outcome: { status: "succeeded" },
  },
  {
    name: "a check that does not export that it ran its tests has failed",
    exported: { LOCKMASTER_DIGEST: digest, LOCKMASTER_OUTCOME: "built" },
    outcome: {
      status: "failed",
      failure: { code: "BUILD_FAILED", message: expect.stringContaining("LOCKMASTER_OUTCOME") },
    },
  },
])("$name", ({ exported, outcome }) => {
  expect(readOutcome(observed({ exported }), { check: true })).toEqual(outcome);
});
