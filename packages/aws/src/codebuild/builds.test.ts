import {
  BatchGetBuildsCommand,
  CodeBuildClient,
  CreateProjectCommand,
  ListBuildsForProjectCommand,
  StartBuildCommand,
} from "@aws-sdk/client-codebuild";
import { type LocalAws, startLocalAws } from "@lockmaster/local-aws";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codebuildBuilds, codebuildStarter } from "./builds.ts";
import { clientOptions } from "../lib/client-options.ts";

const request = {
  project: "lockmaster-acme-shop",
  sha: "a".repeat(40),
  idempotencyToken: "attempt-1",
  timeoutMinutes: 60,
  environment: { LOCKMASTER_IMAGE: "backend", LOCKMASTER_REF: "refs/heads/$(id)" },
};

async function idOf(start: Promise<{ id: string } | "full">): Promise<string> {
  const started = await start;
  if (started === "full") throw new Error("the queue is full");
  return started.id;
}

describe("at the wire", () => {
  let aws: LocalAws;
  let client: CodeBuildClient;

  beforeAll(async () => {
    aws = await startLocalAws();
    client = new CodeBuildClient({ ...clientOptions(), ...aws.clientConfig() });
    await client.send(
      new CreateProjectCommand({
        name: request.project,
        source: { type: "GITHUB", location: "https://github.com/acme/shop.git", buildspec: "version: 0.2" },
        artifacts: { type: "NO_ARTIFACTS" },
        environment: {
          type: "ARM_CONTAINER",
          image: "aws/codebuild/amazonlinux2-aarch64-standard:3.0",
          computeType: "BUILD_GENERAL1_SMALL",
        },
        serviceRole: "arn:aws:iam::111122223333:role/build",
      }),
    );
  });

  afterAll(async () => {
    client.destroy();
    await aws.close();
  });

  test("starts a build once for a token, and finds it by id and among the recent ones", async () => {
    const builds = { ...codebuildBuilds(client), ...codebuildStarter(client) };

    const id = await idOf(builds.start(request));
    expect(await builds.start(request)).toEqual({ id });

    const build = await builds.describe(id);
    expect(build).toMatchObject({
      id,
      project: request.project,
      status: "IN_PROGRESS",
      environment: request.environment,
    });
    expect((await builds.recent(request.project)).map((recent) => recent.id)).toEqual([id]);
  });

  test("returns nothing for a build that CodeBuild does not have", async () => {
    expect(
      await codebuildBuilds(client).describe(`${request.project}:00000000-0000-0000-0000-000000000000`),
    ).toBeUndefined();
  });

  test("stops a build, idempotently, and ignores one that CodeBuild does not have", async () => {
    const builds = { ...codebuildBuilds(client), ...codebuildStarter(client) };
    const id = await idOf(builds.start({ ...request, idempotencyToken: "attempt-2" }));
    await builds.stop(id);
    await builds.stop(id);
    await builds.stop(`${request.project}:00000000-0000-0000-0000-000000000000`);
    expect(await builds.describe(id)).toMatchObject({ status: "STOPPED" });
  });

  test("rejects a missing project by name", async () => {
    const started = codebuildStarter(client).start({ ...request, project: "lockmaster-none" });

    await expect(started).rejects.toMatchObject({
      name: "RejectedError",
      message: expect.stringContaining("project lockmaster-none"),
    });
  });

  test("runs a build on the requested machine in place of its project's", async () => {
    const machine = { type: "LINUX_CONTAINER", image: "aws/codebuild/amazonlinux-x86_64-standard:5.0" } as const;

    const id = await idOf(codebuildStarter(client).start({ ...request, idempotencyToken: "amd64", machine }));

    const { builds = [] } = await client.send(new BatchGetBuildsCommand({ ids: [id] }));
    expect(builds[0]?.environment).toMatchObject({ ...machine, computeType: "BUILD_GENERAL1_SMALL" });
  });
});

describe("answers", () => {
  const client = new CodeBuildClient({ region: "us-east-1" });
  const answers = mockClient(client);
  const builds = { ...codebuildBuilds(client), ...codebuildStarter(client) };

  const limited = (message: string) =>
    Object.assign(new Error(message), { name: "AccountLimitExceededException", $metadata: { httpStatusCode: 400 } });

  test.each([
    "Cannot have more than 1 builds in queue for the account",
    "Cannot have more than 100 builds in queue for the account",
    "Cannot have more than 20 active builds for the account",
    "The project has reached its concurrent build limit",
  ])("says that the queue is full: %s", async (message) => {
    answers.reset();
    answers.on(StartBuildCommand).rejects(limited(message));
    expect(await builds.start(request)).toBe("full");
  });

  test("refuses when the account may run no builds, which waiting does not change", async () => {
    answers.reset();
    answers.on(StartBuildCommand).rejects(limited("Cannot have more than 0 builds in queue for the account"));
    await expect(builds.start(request)).rejects.toMatchObject({
      name: "RejectedError",
      message: expect.stringContaining("Request a higher quota of concurrently running builds"),
    });
  });

  test("describes a failed build with phase, message, duration and log", async () => {
    answers.reset();
    answers.on(BatchGetBuildsCommand).resolves({
      builds: [
        {
          id: "shop:1",
          projectName: "shop",
          buildStatus: "FAILED",
          startTime: new Date("2026-11-20T10:00:00Z"),
          endTime: new Date("2026-11-20T10:01:30Z"),
          logs: { deepLink: "https://console.aws.amazon.com/log" },
          exportedEnvironmentVariables: [{ name: "LOCKMASTER_DIGEST", value: "" }],
          phases: [
            { phaseType: "SUBMITTED", phaseStatus: "SUCCEEDED" },
            {
              phaseType: "BUILD",
              phaseStatus: "FAILED",
              contexts: [{ statusCode: "COMMAND_EXECUTION_ERROR", message: "exit status 1" }],
            },
            { phaseType: "POST_BUILD", phaseStatus: "FAILED" },
            { phaseType: "COMPLETED" },
          ],
        },
      ],
    });

    expect(await builds.describe("shop:1")).toEqual({
      id: "shop:1",
      project: "shop",
      status: "FAILED",
      environment: {},
      exported: { LOCKMASTER_DIGEST: "" },
      failedPhase: { phase: "BUILD", message: "COMMAND_EXECUTION_ERROR: exit status 1" },
      durationSeconds: 90,
      logUrl: "https://console.aws.amazon.com/log",
    });
  });

  test("keeps CodeBuild's order of recent builds, newest first", async () => {
    answers.reset();
    answers.on(ListBuildsForProjectCommand).resolves({ ids: ["shop:2", "shop:1"] });
    answers.on(BatchGetBuildsCommand).resolves({ builds: [{ id: "shop:1" }, { id: "shop:2" }] });

    expect((await builds.recent("shop")).map(({ id }) => id)).toEqual(["shop:2", "shop:1"]);
  });

  test("finds no recent builds in a project without builds", async () => {
    answers.reset();
    answers.on(ListBuildsForProjectCommand).resolves({ ids: [] });

    expect(await builds.recent("shop")).toEqual([]);
  });
});
