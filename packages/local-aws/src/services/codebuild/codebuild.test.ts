import {
  BatchGetBuildsCommand,
  BatchGetProjectsCommand,
  type Build,
  CreateProjectCommand,
  ListBuildsCommand,
  ListBuildsForProjectCommand,
  ListProjectsCommand,
  type ListProjectsCommandInput,
  StartBuildCommand,
  type StartBuildCommandInput,
  StopBuildCommand,
  UpdateProjectCommand,
} from "@aws-sdk/client-codebuild";
import { describe, expect, it } from "vitest";
import type { BuildEngine } from "../../engines/engine.ts";
import { failureOf } from "../../protocol/wire.fixture.ts";
import { type BuildWorld, buildVariables, project, sha, startBuildWorld } from "./builds.fixture.ts";

const arn = "arn:aws:codebuild:us-east-1:111122223333";
const variables = (changes: Record<string, string> = {}) =>
  Object.entries({ ...buildVariables, ...changes }).map(([name, value]) => ({ name, value }));

async function start(world: BuildWorld, input: Partial<StartBuildCommandInput> = {}): Promise<Build & { id: string }> {
  const command = new StartBuildCommand({
    projectName: "shop",
    sourceVersion: sha,
    environmentVariablesOverride: variables(),
    ...input,
  });
  const { build } = await world.codebuild.send(command);
  if (build?.id === undefined) throw new Error("StartBuild returned no build");
  return { ...build, id: build.id };
}

async function get(world: BuildWorld, id: string): Promise<Build> {
  const { builds = [] } = await world.codebuild.send(new BatchGetBuildsCommand({ ids: [id] }));
  const [build] = builds;
  if (build === undefined) throw new Error(`The build ${id} does not exist`);
  return build;
}

const phases = ({ phases = [] }: Build) =>
  phases.map(({ phaseType, phaseStatus }) => `${phaseType} ${phaseStatus ?? "-"}`);
const minutes = (count: number) => count * 60_000;

describe("a build", () => {
  it("waits in the queue when StartBuild returns it", async () => {
    const world = await startBuildWorld();
    const build = await start(world);
    expect(build.id).toMatch(/^shop:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(build).toMatchObject({
      arn: `${arn}:build/${build.id}`,
      buildNumber: 1,
      buildStatus: "IN_PROGRESS",
      buildComplete: false,
      currentPhase: "QUEUED",
      sourceVersion: sha,
      timeoutInMinutes: 60,
      queuedTimeoutInMinutes: 480,
      startTime: new Date(world.clock.now()),
    });
    expect(phases(build)).toEqual(["SUBMITTED SUCCEEDED", "QUEUED -"]);
    expect(build.logs?.groupName).toBeUndefined();
  });

  it("passes CodeBuild's phases and exports the variables of the buildspec", async () => {
    const world = await startBuildWorld();
    const { id } = await start(world);
    await world.clock.advance(minutes(3));
    const build = await get(world, id);
    expect(build).toMatchObject({
      buildStatus: "SUCCEEDED",
      buildComplete: true,
      currentPhase: "COMPLETED",
      resolvedSourceVersion: sha,
      logs: { groupName: "/aws/codebuild/shop", streamName: id.split(":")[1] },
    });
    expect(phases(build)).toEqual([
      "SUBMITTED SUCCEEDED",
      "QUEUED SUCCEEDED",
      "PROVISIONING SUCCEEDED",
      "DOWNLOAD_SOURCE SUCCEEDED",
      "INSTALL SUCCEEDED",
      "PRE_BUILD SUCCEEDED",
      "BUILD SUCCEEDED",
      "POST_BUILD SUCCEEDED",
      "UPLOAD_ARTIFACTS SUCCEEDED",
      "FINALIZING SUCCEEDED",
      "COMPLETED -",
    ]);
    const image = world.images.find("shop/backend", sha);
    expect(build.exportedEnvironmentVariables).toEqual([
      { name: "DIGEST", value: image?.digest },
      { name: "OUTCOME", value: "built" },
    ]);
  });

  it("has the project's variables, overridden by those of StartBuild", async () => {
    const world = await startBuildWorld();
    const { id } = await start(world, { environmentVariablesOverride: variables({ IMAGE: "frontend" }) });
    const { environment } = await get(world, id);
    const given = new Map((environment?.environmentVariables ?? []).map(({ name, value }) => [name, value]));
    expect(given.get("IMAGE")).toBe("frontend");
    expect(given.get("SHOP")).toBe("yes");
    expect(environment?.environmentVariables?.[0]).toEqual({
      name: "IMAGE",
      value: "frontend",
      type: "PLAINTEXT",
    });
  });

  it("writes its log to its own stream", async () => {
    const world = await startBuildWorld();
    const { id } = await start(world);
    await world.clock.advance(minutes(3));
    expect(world.logs.length).toBeGreaterThan(10);
    for (const { group, stream } of world.logs) {
      expect([group, stream]).toEqual(["/aws/codebuild/shop", id.split(":")[1]]);
    }
  });

  it("continues with POST_BUILD after a failed BUILD, and ends as FAILED", async () => {
    const message = "Error while executing command: ./build.sh. Reason: exit status 1";
    const world = await startBuildWorld({ rules: [{ fails: { phase: "BUILD", message } }] });
    const { id } = await start(world);
    await world.clock.advance(minutes(3));
    const build = await get(world, id);
    expect(build.buildStatus).toBe("FAILED");
    expect(phases(build).slice(6)).toEqual([
      "BUILD FAILED",
      "POST_BUILD SUCCEEDED",
      "UPLOAD_ARTIFACTS SUCCEEDED",
      "FINALIZING SUCCEEDED",
      "COMPLETED -",
    ]);
    expect(build.phases?.[6]?.contexts).toEqual([{ statusCode: "COMMAND_EXECUTION_ERROR", message }]);
    expect(build.exportedEnvironmentVariables).toEqual([]);
  });

  it("is finalized after a failed PRE_BUILD", async () => {
    const world = await startBuildWorld({ rules: [{ fails: { phase: "PRE_BUILD", message: "no" } }] });
    const { id } = await start(world);
    await world.clock.advance(minutes(3));
    expect(phases(await get(world, id)).slice(5)).toEqual(["PRE_BUILD FAILED", "FINALIZING SUCCEEDED", "COMPLETED -"]);
  });

  it("times out in its current phase", async () => {
    const world = await startBuildWorld({ rules: [{ seconds: 3600 }] });
    const { id } = await start(world, { timeoutInMinutesOverride: 5 });
    await world.clock.advance(minutes(4));
    expect((await get(world, id)).buildStatus).toBe("IN_PROGRESS");
    await world.clock.advance(minutes(2));
    const build = await get(world, id);
    expect(build.buildStatus).toBe("TIMED_OUT");
    expect(phases(build).slice(-2)).toEqual(["BUILD TIMED_OUT", "COMPLETED -"]);
    expect(build.phases?.at(-2)?.contexts).toEqual([
      { statusCode: "BUILD_TIMED_OUT", message: "Build has timed out. " },
    ]);
    await world.clock.advance(minutes(60));
    expect(world.images.find("shop/backend", sha)).toBeUndefined();
  });

  it("is stopped at once, and then pushes no image", async () => {
    const world = await startBuildWorld();
    const { id } = await start(world);
    await world.clock.advance(minutes(0.5));
    const { build } = await world.codebuild.send(new StopBuildCommand({ id }));
    expect(build).toMatchObject({ buildStatus: "STOPPED", buildComplete: true, currentPhase: "COMPLETED" });
    await world.clock.advance(minutes(10));
    expect((await get(world, id)).buildStatus).toBe("STOPPED");
    expect(world.images.find("shop/backend", sha)).toBeUndefined();
  });
});

describe("events", () => {
  it("report the start, each phase and the end of a build", async () => {
    const world = await startBuildWorld();
    const { id } = await start(world);
    await world.clock.advance(minutes(3));
    const reported = world.events
      .filter(({ source }) => source === "aws.codebuild")
      .map(({ detailType, detail }) =>
        detailType === "CodeBuild Build State Change"
          ? `${String(detail["build-status"])} in ${String(detail["current-phase"])}`
          : `${String(detail["completed-phase"])} ${String(detail["completed-phase-status"])}`,
      );
    expect(reported).toEqual([
      "IN_PROGRESS in SUBMITTED",
      ...["SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"].map(
        (phase) => `${phase} SUCCEEDED`,
      ),
      "UPLOAD_ARTIFACTS SUCCEEDED",
      "FINALIZING SUCCEEDED",
      "SUCCEEDED in COMPLETED",
    ]);
    expect(
      world.events.every(
        ({ source, resources }) => source !== "aws.codebuild" || resources[0] === `${arn}:build/${id}`,
      ),
    ).toBe(true);
  });

  it("have the form that AWS documents", async () => {
    const world = await startBuildWorld({ rules: [{ fails: { phase: "BUILD", message: "exit status 1" } }] });
    const { id } = await start(world);
    await world.clock.advance(minutes(3));
    const end = world.events.at(-1);
    expect(end?.detail).toMatchObject({
      "build-status": "FAILED",
      "project-name": "shop",
      "build-id": `${arn}:build/${id}`,
      "current-phase": "COMPLETED",
      "current-phase-context": "[: ]",
      version: "1",
      "additional-information": {
        "build-number": 1,
        "build-complete": true,
        "build-start-time": "Jan 5, 2026 9:00:00 AM",
        "timeout-in-minutes": 60,
        "queued-timeout-in-minutes": 480,
        "source-version": sha,
        logs: { "group-name": "/aws/codebuild/shop", "stream-name": id.split(":")[1] },
      },
    });
    const failed = world.events.find(({ detail }) => detail["completed-phase"] === "BUILD");
    expect(failed?.detail).toMatchObject({
      "completed-phase-status": "FAILED",
      "completed-phase-context":
        "[COMMAND_EXECUTION_ERROR: Error while executing command: ./build.sh. Reason: exit status 1]",
      "additional-information": { "build-complete": false },
    });
  });
});

describe("StartBuild", () => {
  it("returns the same build for the same token during five minutes", async () => {
    const world = await startBuildWorld();
    const first = await start(world, { idempotencyToken: "once" });
    await world.clock.advance(minutes(4.9));
    expect((await start(world, { idempotencyToken: "once" })).id).toBe(first.id);
    await world.clock.advance(minutes(0.2));
    expect((await start(world, { idempotencyToken: "once" })).id).not.toBe(first.id);
  });

  it("refuses a token that is reused with other parameters", async () => {
    const world = await startBuildWorld();
    await start(world, { idempotencyToken: "once" });
    const again = start(world, { idempotencyToken: "once", sourceVersion: "main" });
    expect(await failureOf(again)).toMatchObject({ name: "InvalidInputException" });
  });

  it.each([
    [
      { projectName: "unknown" },
      { name: "ResourceNotFoundException", message: `Project cannot be found: ${arn}:project/unknown` },
    ],
    [{ timeoutInMinutesOverride: 4 }, { name: "InvalidInputException" }],
    [{ timeoutInMinutesOverride: 2161 }, { name: "InvalidInputException" }],
    [{ buildspecOverride: "version: 0.2" }, { name: "NotInLocalAws" }],
    [
      { environmentVariablesOverride: [{ name: "TOKEN", value: "token", type: "SECRETS_MANAGER" as const }] },
      { name: "NotInLocalAws" },
    ],
  ])("refuses %j", async (input, error) => {
    const world = await startBuildWorld();
    expect(await failureOf(start(world, input))).toMatchObject(error);
    expect((await world.codebuild.send(new ListBuildsCommand({}))).ids).toEqual([]);
  });

  it("queues builds above the account's limit, and refuses builds when the queue is full", async () => {
    const world = await startBuildWorld({ concurrentBuilds: 1 });
    const builds: Build[] = [];
    for (let count = 0; count < 6; count += 1) builds.push(await start(world));
    expect(await failureOf(start(world))).toMatchObject({
      name: "AccountLimitExceededException",
      message: "Cannot have more than 5 builds in queue for the account",
    });
    await world.clock.advance(minutes(0.5));
    expect(
      await Promise.all(builds.slice(0, 2).map(async ({ id = "" }) => (await get(world, id)).currentPhase)),
    ).toEqual(["BUILD", "QUEUED"]);
    await world.codebuild.send(new StopBuildCommand({ id: builds[0]?.id ?? "" }));
    await world.clock.advance(minutes(0.5));
    expect((await get(world, builds[1]?.id ?? "")).currentPhase).toBe("BUILD");
    await start(world);
  });

  it("times out a build that waits longer than its project allows", async () => {
    const idle: BuildEngine = { start: () => ({ stop: () => undefined }) };
    const world = await startBuildWorld({ concurrentBuilds: 1, engine: idle });
    await start(world);
    const { id } = await start(world);
    await world.clock.advance(minutes(481));
    expect(phases(await get(world, id))).toEqual(["SUBMITTED SUCCEEDED", "QUEUED TIMED_OUT", "COMPLETED -"]);
  });
});

describe("listing builds", () => {
  it("lists the newest first, or in the requested order", async () => {
    const world = await startBuildWorld();
    const ids = [(await start(world)).id, (await start(world)).id];
    const list = async (sortOrder?: "ASCENDING" | "DESCENDING") => {
      const input = { projectName: "shop", ...(sortOrder !== undefined && { sortOrder }) };
      return (await world.codebuild.send(new ListBuildsForProjectCommand(input))).ids;
    };
    expect(await list()).toEqual(ids.toReversed());
    expect(await list("DESCENDING")).toEqual(ids.toReversed());
    expect(await list("ASCENDING")).toEqual(ids);
  });

  it("returns more than a hundred builds in pages, unsorted", async () => {
    const world = await startBuildWorld({ concurrentBuilds: 200 });
    for (let count = 0; count < 101; count += 1) await start(world);
    const projectName = "shop";
    const first = await world.codebuild.send(new ListBuildsForProjectCommand({ projectName }));
    expect(first.ids).toHaveLength(100);
    const { nextToken = "" } = first;
    const second = await world.codebuild.send(new ListBuildsForProjectCommand({ projectName, nextToken }));
    expect(new Set([...(first.ids ?? []), ...(second.ids ?? [])]).size).toBe(101);
    expect(second.nextToken).toBeUndefined();
    const sorted = world.codebuild.send(new ListBuildsForProjectCommand({ projectName, sortOrder: "DESCENDING" }));
    expect(await failureOf(sorted)).toMatchObject({ name: "InvalidInputException" });
  });

  it("finds builds by id and by ARN, and lists the ids of unknown builds", async () => {
    const world = await startBuildWorld();
    const { id, arn: buildArn = "" } = await start(world);
    const ids = [id, buildArn, "shop:gone"];
    const { builds, buildsNotFound } = await world.codebuild.send(new BatchGetBuildsCommand({ ids }));
    expect(builds?.map((build) => build.id)).toEqual([id, id]);
    expect(buildsNotFound).toEqual(["shop:gone"]);
  });

  it.each([
    [
      "a project that does not exist",
      (world: BuildWorld) => world.codebuild.send(new ListBuildsForProjectCommand({ projectName: "gone" })),
      "ResourceNotFoundException",
    ],
    [
      "a build that does not exist",
      (world: BuildWorld) => world.codebuild.send(new StopBuildCommand({ id: "gone:gone" })),
      "ResourceNotFoundException",
    ],
    [
      "an invalid build id",
      (world: BuildWorld) => world.codebuild.send(new BatchGetBuildsCommand({ ids: ["gone"] })),
      "InvalidInputException",
    ],
    [
      "an invalid page token",
      (world: BuildWorld) => world.codebuild.send(new ListBuildsCommand({ nextToken: "?" })),
      "InvalidInputException",
    ],
  ])("refuses %s", async (_, call, name) => {
    expect(await failureOf(call(await startBuildWorld()))).toMatchObject({ name });
  });
});

describe("projects", () => {
  it("are described with CodeBuild's defaults", async () => {
    const world = await startBuildWorld();
    const names = ["shop", "gone"];
    const { projects, projectsNotFound } = await world.codebuild.send(new BatchGetProjectsCommand({ names }));
    expect(projects).toMatchObject([
      {
        name: "shop",
        arn: `${arn}:project/shop`,
        timeoutInMinutes: 60,
        queuedTimeoutInMinutes: 480,
      },
    ]);
    expect(projectsNotFound).toEqual(["gone"]);
  });

  it("apply changes to builds that start afterwards", async () => {
    const world = await startBuildWorld();
    const before = await start(world);
    await world.codebuild.send(new UpdateProjectCommand({ name: "shop", timeoutInMinutes: 30 }));
    expect((await start(world)).timeoutInMinutes).toBe(30);
    expect((await get(world, before.id)).timeoutInMinutes).toBe(60);
  });

  it("are listed in the requested order", async () => {
    const world = await startBuildWorld();
    await world.codebuild.send(new CreateProjectCommand(project("bakery")));
    const list = async (input: ListProjectsCommandInput) =>
      (await world.codebuild.send(new ListProjectsCommand(input))).projects;
    expect(await list({})).toEqual(["bakery", "shop"]);
    expect(await list({ sortBy: "NAME", sortOrder: "DESCENDING" })).toEqual(["shop", "bakery"]);
  });

  it.each([
    [project("shop"), "ResourceAlreadyExistsException"],
    [project("-"), "InvalidInputException"],
    [{ ...project("other"), timeoutInMinutes: 1 }, "InvalidInputException"],
    [{ ...project("other"), artifacts: { type: "S3" as const } }, "NotInLocalAws"],
    [{ ...project("other"), concurrentBuildLimit: 1 }, "NotInLocalAws"],
  ])("refuses %j", async (input, name) => {
    const world = await startBuildWorld();
    expect(await failureOf(world.codebuild.send(new CreateProjectCommand(input)))).toMatchObject({ name });
  });
});
