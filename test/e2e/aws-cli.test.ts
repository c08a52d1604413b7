import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { commits, openScenario, type Shop } from "../scenarios/shop.fixture.ts";
import { aws, cliInstalled, type Printed, sideBySide } from "./aws-cli.fixture.ts";
import {
  buildSteps,
  cluster,
  fails,
  registrySteps,
  serviceSteps,
  type Step,
  storeSteps,
  workflowSteps,
} from "./aws-cli.steps.ts";

if (!cliInstalled) console.warn("Skipped: the AWS CLI (`aws`) is not on PATH.");

/** Asks everything; steps that this CLI does not know are left out of both. */
async function walk(shop: Shop, steps: readonly Step[]): Promise<{ answers: unknown[]; wanted: unknown[] }> {
  const { endpoint } = shop.rehearsal.aws;
  const walked = await sideBySide(
    3,
    steps.map(([command, args, expected]) => async () => {
      const what = `aws ${command} ${args.join(" ")}`;
      const answer = await aws(endpoint, [...command.split(" "), ...args]).catch((error: Error) => error.message);
      return answer === "unknown to this AWS CLI" ? [] : [{ answer: { what, answer }, wanted: { answer: expected } }];
    }),
  );
  const known = walked.flat();
  return { answers: known.map(({ answer }) => answer), wanted: known.map(({ wanted }) => wanted) };
}

/** A call whose answer the next ones need. */
async function ask(shop: Shop, command: string, ...args: string[]): Promise<Exclude<Printed, string>> {
  const printed = await aws(shop.rehearsal.aws.endpoint, [...command.split(" "), ...args]);
  if (typeof printed === "string") throw new Error(`${command} is ${printed}`);
  return printed;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

describe.skipIf(!cliInstalled)("an operator with the AWS CLI", () => {
  test("looks at a finished release, in every service", { timeout: 120_000 }, async () => {
    const shop = await openScenario();
    const { release } = await shop.release(commits.good);
    const [builds, tasks] = await Promise.all([
      ask(shop, "codebuild list-builds"),
      ask(shop, "ecs list-tasks", ...cluster, "--service-name", "backend"),
    ]);
    const steps = [
      ...workflowSteps(shop, release),
      ...serviceSteps(await shop.describe("backend"), strings(tasks["taskArns"])),
      ...buildSteps(strings(builds["ids"])),
      ...registrySteps(),
      ...storeSteps(shop),
    ];
    const { answers, wanted } = await walk(shop, steps);
    // One by one: a difference within all of them at once is more than can be printed.
    for (const [index, answer] of wanted.entries()) expect([answers[index]]).toMatchObject([answer]);
  });

  test("stops, starts again and redrives", { timeout: 120_000 }, async () => {
    const shop = await openScenario();
    const { endpoint } = shop.rehearsal.aws;
    const release = await shop.begin(commits.good);
    await shop.reach(release, "Build image");
    const { executionArn } = release;
    await ask(shop, "stepfunctions stop-execution", "--execution-arn", executionArn, "--cause", "not today");
    const stopped = await ask(shop, "stepfunctions describe-execution", "--execution-arn", executionArn);
    expect(stopped).toMatchObject({ status: "ABORTED", cause: "not today", redriveStatus: "REDRIVABLE" });

    const redriven = await aws(endpoint, ["stepfunctions", "redrive-execution", "--execution-arn", executionArn]);
    if (redriven === "unknown to this AWS CLI") await shop.redrive(release);
    expect((await shop.end(release)).status).toBe("SUCCEEDED");
    const built = await shop.builds();

    const again = await ask(
      shop,
      "stepfunctions start-execution",
      "--state-machine-arn",
      shop.rehearsal.installation.stateMachineArn,
      "--input",
      shop.view(release).input,
      "--name",
      "by-hand",
    );
    const byHand = { name: "by-hand", executionArn: String(again["executionArn"]) };
    expect((await shop.end(byHand)).status).toBe("SUCCEEDED");
    expect(await shop.builds()).toEqual(built);
    const steps: Step[] = [
      ["stepfunctions redrive-execution", ["--execution-arn", executionArn], fails(/\(ExecutionNotRedrivable\)/)],
      [
        "stepfunctions list-executions",
        ["--state-machine-arn", shop.rehearsal.installation.stateMachineArn, "--redrive-filter", "REDRIVEN"],
        { executions: [{ name: release.name, redriveCount: 1 }] },
      ],
      [
        "events put-events",
        ["--entries", putEvents],
        { FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] },
      ],
      ["ecs list-account-settings", [], fails(/NotInLocalAws.*the operation ecs:ListAccountSettings/s)],
      ["sts get-caller-identity", [], { Account: "111122223333", Arn: "arn:aws:iam::111122223333:root" }],
      [
        "sts assume-role",
        assumeRole,
        fails(/\(AccessDenied\).*is not authorized to perform: sts:AssumeRole on resource/s),
      ],
    ];
    const { answers, wanted } = await walk(shop, steps);
    expect(answers).toMatchObject(wanted);
  });

  test("takes a deployment back by hand, and the release goes back", { timeout: 120_000 }, async ({ skip }) => {
    const shop = await openScenario();
    const release = await shop.begin(commits.good);
    await shop.reach(release, "Check health");
    const listed = await aws(shop.rehearsal.aws.endpoint, [
      "ecs",
      "list-service-deployments",
      ...cluster,
      "--service",
      "backend",
    ]);
    if (typeof listed === "string") return skip();
    const arn = v.parse(Listed, listed).serviceDeployments[0].serviceDeploymentArn;
    const stop = ["ecs stop-service-deployment", ["--service-deployment-arn", arn, "--stop-type", "ROLLBACK"]] as const;

    const stopped = await walk(shop, [[...stop, { serviceDeploymentArn: arn }]]);
    expect(stopped.answers).toMatchObject(stopped.wanted);

    expect((await shop.end(release)).status).toBe("FAILED");
    expect(await shop.runs()).toMatchObject({ backend: [commits.first] });
    const rolledBack = { status: "ROLLBACK_SUCCESSFUL", rollback: { serviceRevisionArn: expect.any(String) } };
    const steps: Step[] = [
      ["ecs describe-service-deployments", ["--service-deployment-arns", arn], { serviceDeployments: [rolledBack] }],
      [...stop, fails(/\(ConflictException\)/)],
    ];
    const { answers, wanted } = await walk(shop, steps);
    expect(answers).toMatchObject(wanted);
  });

  test("stops a build by hand, and the release ends without a change", { timeout: 120_000 }, async () => {
    const shop = await openScenario();
    let building = false;
    shop.rehearsal.aws.onEvent((event) => {
      building ||= event["detail-type"] === "CodeBuild Build State Change";
    });
    const release = await shop.begin(commits.better);
    await shop.clock.runUntil(() => building);
    const [build = ""] = strings((await ask(shop, "codebuild list-builds"))["ids"]);
    const steps: Step[] = [["codebuild stop-build", ["--id", build], { build: { buildStatus: "STOPPED" } }]];

    const { answers, wanted } = await walk(shop, steps);
    expect(answers).toMatchObject(wanted);

    expect(await shop.end(release)).toMatchObject({ status: "FAILED", cause: expect.stringContaining("STOPPED") });
  });
});

const Listed = v.object({
  serviceDeployments: v.tupleWithRest([v.object({ serviceDeploymentArn: v.string() })], v.unknown()),
});
const putEvents = JSON.stringify([{ Source: "operator", DetailType: "Note", Detail: "{}" }]);
const assumeRole = ["--role-arn", "arn:aws:iam::444455556666:role/nobody", "--role-session-name", "operator"];
