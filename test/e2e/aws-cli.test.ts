import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commits, openShop, type Release, type Shop } from "../scenarios/shop.fixture.ts";
import {
  buildCalls,
  type Call,
  cluster,
  fails,
  logCalls,
  registryCalls,
  ruleAndSecretCalls,
  serviceCalls,
  tableCalls,
  workflowCalls,
} from "./aws-cli.calls.ts";
import { aws, cliInstalled, sideBySide } from "./aws-cli.fixture.ts";

if (!cliInstalled) console.warn("Skipped: the AWS CLI (`aws`) is not on PATH.");

/** All tests share one local AWS: each call starts Python, and that takes long enough. */
let shop: Shop;

/** Makes the calls, except those that this CLI does not have, and compares the answers. */
async function expectAnswers(calls: readonly Call[]): Promise<void> {
  const { endpoint } = shop.rehearsal.aws;
  const answers = await sideBySide(
    2,
    calls.map(([command, args, expected]) => async () => {
      const answer = await aws(endpoint, command, args).catch((error: Error) => error.message);
      return { what: `aws ${command} ${args.join(" ")}`, answer, expected };
    }),
  );
  const known = answers.filter(({ answer }) => answer !== "unknown to this AWS CLI");
  for (const { what, answer, expected } of known) expect({ what, answer }).toMatchObject({ what, answer: expected });
}

/** Makes a call whose answer the next ones need. */
async function answerOf(command: string, ...args: string[]): Promise<Record<string, unknown>> {
  const printed = await aws(shop.rehearsal.aws.endpoint, command, args);
  if (typeof printed === "string") throw new Error(`${command} is ${printed}`);
  return printed;
}

describe.skipIf(!cliInstalled)("an operator with the AWS CLI", () => {
  let release: Release;
  beforeAll(async () => {
    shop = await openShop();
    ({ release } = await shop.release(commits.good));
  });
  afterAll(() => shop.close());

  describe("reads a finished release", () => {
    test("in Step Functions", () => expectAnswers(workflowCalls(shop, release)));

    test("in ECS", async () => {
      const { taskArns } = v.parse(Tasks, await answerOf("ecs list-tasks", ...cluster, "--service-name", "backend"));
      await expectAnswers(serviceCalls(await shop.describeService("backend"), taskArns[0]));
    });

    test("in CodeBuild", async () => {
      const listed = v.parse(Builds, await answerOf("codebuild list-builds", "--max-items", "1"));
      expect(listed).toEqual({ ids: [expect.any(String)], NextToken: expect.any(String) });
      await expectAnswers(buildCalls(listed.ids[0]));
    });

    test("in ECR", () => expectAnswers(registryCalls()));

    test("in CloudWatch Logs", () => expectAnswers(logCalls()));

    test("in EventBridge and Secrets Manager", () => expectAnswers(ruleAndSecretCalls()));

    test("in DynamoDB", () => expectAnswers(tableCalls(shop.rehearsal.installation.ledgerTable)));
  });

  test("stops, redrives and starts an execution", async () => {
    const { stateMachineArn } = shop.rehearsal.installation;
    const stopped = await shop.startRelease(commits.better);
    await shop.waitForState(stopped, "Build image");
    const execution = ["--execution-arn", stopped.executionArn];
    await answerOf("stepfunctions stop-execution", ...execution, "--cause", "not today");
    await expectAnswers([["stepfunctions describe-execution", execution, { status: "ABORTED", cause: "not today" }]]);

    const redriven = await aws(shop.rehearsal.aws.endpoint, "stepfunctions redrive-execution", execution);
    if (redriven === "unknown to this AWS CLI") await shop.redrive(stopped);
    expect((await shop.waitForEnd(stopped)).status).toBe("SUCCEEDED");
    const built = await shop.builds();

    const started = await answerOf(
      "stepfunctions start-execution",
      "--state-machine-arn",
      stateMachineArn,
      "--input",
      shop.execution(stopped).input,
      "--name",
      "by-hand",
    );
    const byHand = { name: "by-hand", executionArn: String(started["executionArn"]) };
    expect((await shop.waitForEnd(byHand)).status).toBe("SUCCEEDED");
    expect(await shop.builds()).toEqual(built);
    await expectAnswers([
      ["stepfunctions redrive-execution", execution, fails(/\(ExecutionNotRedrivable\)/)],
      [
        "stepfunctions list-executions",
        ["--state-machine-arn", stateMachineArn, "--redrive-filter", "REDRIVEN"],
        { executions: [{ name: stopped.name, redriveCount: 1 }] },
      ],
    ]);
  });

  test("sends events and reads the account's identity", () =>
    expectAnswers([
      [
        "events put-events",
        ["--entries", JSON.stringify([{ Source: "operator", DetailType: "Note", Detail: "{}" }])],
        { FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] },
      ],
      ["sts get-caller-identity", [], { Account: "111122223333", Arn: "arn:aws:iam::111122223333:root" }],
    ]));

  test("reads the reason when a call is refused or missing", () =>
    expectAnswers([
      [
        "sts assume-role",
        ["--role-arn", "arn:aws:iam::444455556666:role/missing", "--role-session-name", "operator"],
        fails(/\(AccessDenied\).*is not authorized to perform: sts:AssumeRole on resource/s),
      ],
      ["ecs list-account-settings", [], fails(/NotInLocalAws.*the operation ecs:ListAccountSettings/s)],
    ]));

  test("rolls back a deployment, and the release rolls back too", async ({ skip }) => {
    const before = await shop.runningCommits();
    const rolledBack = await shop.startRelease(commits.bad);
    await shop.waitForState(rolledBack, "Check health");
    const arn = (await shop.describeService("backend")).currentServiceDeployment ?? "";
    const deployment = ["--service-deployment-arns", arn];
    const stop = ["--service-deployment-arn", arn, "--stop-type", "ROLLBACK"];

    const stopped = await aws(shop.rehearsal.aws.endpoint, "ecs stop-service-deployment", stop);
    if (typeof stopped === "string") return skip();
    expect(stopped).toEqual({ serviceDeploymentArn: arn });

    expect((await shop.waitForEnd(rolledBack)).status).toBe("FAILED");
    expect(await shop.runningCommits()).toEqual(before);
    const ended = { status: "ROLLBACK_SUCCESSFUL", rollback: { serviceRevisionArn: expect.any(String) } };
    await expectAnswers([
      ["ecs describe-service-deployments", deployment, { serviceDeployments: [ended] }],
      ["ecs stop-service-deployment", stop, fails(/\(ConflictException\)/)],
    ]);
  });

  test("stops a build, and the release ends without a change", async () => {
    let id: string | undefined;
    shop.rehearsal.aws.onEvent(({ "detail-type": type, detail }) => {
      if (type === "CodeBuild Build State Change") id ??= String(detail["build-id"]).split("/").at(-1);
    });
    const before = await shop.runningCommits();
    const failed = await shop.startRelease("d".repeat(40));
    await shop.clock.runUntil(() => id !== undefined);

    await expectAnswers([["codebuild stop-build", ["--id", id ?? ""], { build: { buildStatus: "STOPPED" } }]]);

    expect(await shop.waitForEnd(failed)).toMatchObject({
      status: "FAILED",
      cause: expect.stringContaining("STOPPED"),
    });
    expect(await shop.runningCommits()).toEqual(before);
  });
});

const Tasks = v.object({ taskArns: v.tupleWithRest([v.string()], v.string()) });
const Builds = v.object({ ids: v.tupleWithRest([v.string()], v.string()), NextToken: v.string() });
