import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commits, openShop, type Release, type Shop } from "../scenarios/shop.fixture.ts";
import {
  buildCalls,
  type Call,
  cluster,
  fails,
  logCalls,
  one,
  registryCalls,
  ruleAndSecretCalls,
  serviceCalls,
  tableCalls,
  workflowCalls,
} from "./operator.calls.ts";
import { call, everyPage, type Operation } from "./operator.fixture.ts";

/** All tests share one local AWS, and make their calls as any client does, without the SDK. */
let shop: Shop;

/** Makes the calls and compares the answers. */
async function expectAnswers(calls: readonly Call[]): Promise<void> {
  for (const [operation, input, expected] of calls) {
    const answer = await answerOf(operation, input);
    expect({ operation, input, answer }).toMatchObject({ operation, input, answer: expected });
  }
}

/** Makes a call whose answer the next ones need. */
const answerOf = (operation: Operation, input: object) => call(shop.rehearsal.aws.endpoint, operation, input);

describe("an operator, by the protocol", () => {
  let release: Release;
  beforeAll(async () => {
    shop = await openShop();
    ({ release } = await shop.release(commits.good));
  });
  afterAll(() => shop.close());

  describe("reads a finished release", () => {
    test("in Step Functions", () => expectAnswers(workflowCalls(shop, release)));

    test("in the pages of its history", async () => {
      const input = { executionArn: release.executionArn, reverseOrder: true, maxResults: 40 };
      const { endpoint } = shop.rehearsal.aws;
      expect(await everyPage(endpoint, "states GetExecutionHistory", input, "events")).toMatchObject({
        events: expect.arrayContaining([
          one({ type: "ExecutionSucceeded" }),
          one({ id: 41 }),
          one({ id: 1, type: "ExecutionStarted" }),
        ]),
      });
    });

    test("in ECS", async () => {
      const { taskArns } = v.parse(Tasks, await answerOf("ecs ListTasks", { ...cluster, serviceName: "backend" }));
      await expectAnswers(serviceCalls(await shop.describeService("backend"), taskArns[0]));
    });

    test("in the pages of the cluster's services", async () => {
      const { endpoint } = shop.rehearsal.aws;
      const { serviceArns } = await everyPage(
        endpoint,
        "ecs ListServices",
        { ...cluster, maxResults: 2 },
        "serviceArns",
      );
      const { serviceArn } = await shop.describeService("backend");
      expect(serviceArns).toHaveLength(3);
      expect(serviceArns).toContain(serviceArn);
    });

    test("in CodeBuild", async () => {
      const listed = v.parse(Builds, await answerOf("codebuild ListBuilds", {}));
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
    const execution = { executionArn: stopped.executionArn };
    await expectAnswers([
      ["states StopExecution", { ...execution, cause: "not today" }, { stopDate: expect.any(Number) }],
      ["states DescribeExecution", execution, { status: "ABORTED", cause: "not today" }],
      ["states RedriveExecution", execution, { redriveDate: expect.any(Number) }],
    ]);
    expect((await shop.waitForEnd(stopped)).status).toBe("SUCCEEDED");
    const built = await shop.builds();

    const { input } = shop.execution(stopped);
    const started = await answerOf("states StartExecution", { stateMachineArn, input, name: "by-hand" });
    const byHand = { name: "by-hand", executionArn: String(started["executionArn"]) };
    expect((await shop.waitForEnd(byHand)).status).toBe("SUCCEEDED");
    expect(await shop.builds()).toEqual(built);
    await expectAnswers([
      ["states RedriveExecution", execution, fails("ExecutionNotRedrivable")],
      [
        "states ListExecutions",
        { stateMachineArn, redriveFilter: "REDRIVEN" },
        { executions: [{ name: stopped.name, redriveCount: 1 }] },
      ],
    ]);
  });

  test("rolls back a deployment, and the release rolls back too", async () => {
    const before = await shop.runningCommits();
    const rolledBack = await shop.startRelease(commits.bad);
    await shop.waitForState(rolledBack, "Check health");
    const arn = (await shop.describeService("backend")).currentServiceDeployment ?? "";
    const stop = { serviceDeploymentArn: arn, stopType: "ROLLBACK" };
    expect(await answerOf("ecs StopServiceDeployment", stop)).toEqual({ serviceDeploymentArn: arn });

    expect((await shop.waitForEnd(rolledBack)).status).toBe("FAILED");
    expect(await shop.runningCommits()).toEqual(before);
    const ended = { status: "ROLLBACK_SUCCESSFUL", rollback: { serviceRevisionArn: expect.any(String) } };
    await expectAnswers([
      ["ecs DescribeServiceDeployments", { serviceDeploymentArns: [arn] }, { serviceDeployments: [ended] }],
      ["ecs StopServiceDeployment", stop, fails("ConflictException")],
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

    await expectAnswers([["codebuild StopBuild", { id }, { build: { buildStatus: "STOPPED" } }]]);

    expect(await shop.waitForEnd(failed)).toMatchObject({
      status: "FAILED",
      cause: expect.stringContaining("STOPPED"),
    });
    expect(await shop.runningCommits()).toEqual(before);
  });
});

const Tasks = v.object({ taskArns: v.tupleWithRest([v.string()], v.string()) });
const Builds = v.object({ ids: v.tupleWithRest([v.string()], v.string()) });
