/** The topology's event patterns, matched with events from AWS's documentation and with similar events. */
import { compilePattern } from "@lockmaster/local-aws";
import { describe, expect, test } from "vitest";
import { patternText } from "@lockmaster/installation/topology/event-pattern.ts";
import { arnsOf, namesOf } from "@lockmaster/installation/topology/names.ts";
import { rules, type Reference } from "@lockmaster/installation/topology/topology.ts";
import { buildProjectName, checkProjectName } from "@lockmaster/core/lib/names.ts";

const site = { partition: "aws", region: "us-west-2", account: "123456789012", prefix: "lockmaster-production" };
const { stateMachine } = arnsOf(site);
const { buildProjectPrefix } = namesOf(site.prefix);
const references: Partial<Record<Reference, string>> = { stateMachine, buildProjectPrefix };

const matches = (rule: keyof typeof rules, event: Readonly<Record<string, unknown>>): boolean =>
  compilePattern(patternText(rules[rule].pattern, references))(event);

/** @see https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html */
function buildEvent(detail: Readonly<Record<string, unknown>> = {}) {
  return {
    version: "0",
    id: "c030038d-8c4d-6141-9545-00ff7b7153EX",
    "detail-type": "CodeBuild Build State Change",
    source: "aws.codebuild",
    account: "123456789012",
    time: "2017-09-01T16:14:28Z",
    region: "us-west-2",
    resources: [
      "arn:aws:codebuild:us-west-2:123456789012:build/my-sample-project:8745a7a9-c340-456a-9166-edf953571bEX",
    ],
    detail: {
      "build-status": "SUCCEEDED",
      "project-name": buildProjectName(buildProjectPrefix, "acme/shop"),
      "build-id":
        "arn:aws:codebuild:us-west-2:123456789012:build/my-sample-project:8745a7a9-c340-456a-9166-edf953571bEX",
      "additional-information": {
        artifact: { md5sum: "da9c44c8a9a3cd4b443126e823168fEX", location: "arn:aws:s3:::codebuild-output-bucket" },
        environment: { image: "aws/codebuild/standard:5.0", "privileged-mode": false, type: "LINUX_CONTAINER" },
        "timeout-in-minutes": 60,
        "build-complete": true,
        initiator: "MyCodeBuildDemoUser",
        "build-start-time": "Sep 1, 2017 4:12:29 PM",
      },
      "current-phase": "COMPLETED",
      "current-phase-context": "[]",
      version: "1",
      ...detail,
    },
  };
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
function executionEvent(detail: Readonly<Record<string, unknown>> = {}) {
  return {
    version: "0",
    id: "315c1398-40ff-a850-213b-158f73e60175",
    "detail-type": "Step Functions Execution Status Change",
    source: "aws.states",
    account: "123456789012",
    time: "2019-02-26T19:42:21Z",
    region: "us-west-2",
    resources: ["arn:aws:states:us-west-2:123456789012:execution:state-machine-name:execution-name"],
    detail: {
      executionArn: "arn:aws:states:us-west-2:123456789012:execution:state-machine-name:execution-name",
      stateMachineArn: stateMachine,
      name: "execution-name",
      status: "FAILED",
      startDate: 1_551_225_146_847,
      stopDate: 1_551_225_151_881,
      input: "{}",
      output: null,
      ...detail,
    },
  };
}

describe("the end of a build", () => {
  test.each(["SUCCEEDED", "FAILED", "FAULT", "TIMED_OUT", "STOPPED"])("matches: %s", (status) => {
    expect(matches("buildFinished", buildEvent({ "build-status": status }))).toBe(true);
  });

  test("matches for a check, too", () => {
    const project = checkProjectName(buildProjectPrefix, "acme/shop");
    expect(matches("buildFinished", buildEvent({ "project-name": project }))).toBe(true);
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ["the start of an execution", buildEvent({ "build-status": "IN_PROGRESS" })],
    [
      "an execution of another stage",
      buildEvent({ "project-name": buildProjectName("lockmaster-staging-", "acme/shop") }),
    ],
    ["a foreign project", buildEvent({ "project-name": "my-sample-project" })],
    ["a project with a similar beginning", buildEvent({ "project-name": "lockmaster-production2-shop" })],
    ["the end of a phase", { ...buildEvent(), "detail-type": "CodeBuild Build Phase Change" }],
    ["a custom event with the same detail type", { ...buildEvent(), source: "my.codebuild" }],
    ["the end of an execution", executionEvent()],
  ])("is not: %s", (_, event) => {
    expect(matches("buildFinished", event)).toBe(false);
  });
});

describe("the end of an execution", () => {
  test.each(["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"])("matches: %s", (status) => {
    expect(matches("recover", executionEvent({ status }))).toBe(true);
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ["the start of an execution", executionEvent({ status: "RUNNING" })],
    ["a pending redrive", executionEvent({ status: "PENDING_REDRIVE" })],
    [
      "an execution of another stage",
      executionEvent({ stateMachineArn: stateMachine.replace("production", "staging") }),
    ],
    ["a state machine with a similar beginning", executionEvent({ stateMachineArn: `${stateMachine}-other` })],
    ["the end of a build", buildEvent()],
  ])("is not: %s", (_, event) => {
    expect(matches("recover", event)).toBe(false);
  });
});

test("a pattern with an unknown reference is refused", () => {
  expect(() => patternText(rules.recover.pattern, {})).toThrow('refers to "stateMachine"');
});
