import {
  CreateProjectCommand,
  type ProjectSource,
  StartBuildCommand,
  type StartBuildCommandInput,
  UpdateProjectCommand,
} from "@aws-sdk/client-codebuild";
import { describe, expect, it } from "vitest";
import type { BuildEngine, BuildSource } from "../../engines/engine.ts";
import { simulatedBuilds } from "../../engines/simulated/builds.ts";
import { emptyBuilds, type FetchedSource } from "../../engines/simulated/build-recipe.ts";
import { randomSequence } from "../../world/random.ts";
import { accountId, buildVariables, project, region, startBuildWorld } from "./builds.fixture.ts";

/** What the engine learns of a project's source. */
async function sourceOfBuild(
  source: Partial<ProjectSource>,
  overrides: Partial<StartBuildCommandInput> = {},
): Promise<BuildSource | undefined> {
  const seen: BuildSource[] = [];
  const engine: BuildEngine = {
    start: (spec) => {
      seen.push(spec.source);
      return { stop: () => undefined };
    },
  };
  const { codebuild } = await startBuildWorld({ engine });
  const settings = project("other");
  await codebuild.send(
    new CreateProjectCommand({ ...settings, source: { type: "GITHUB", ...settings.source, ...source } }),
  );
  await codebuild.send(new StartBuildCommand({ projectName: "other", ...overrides }));
  return seen[0];
}

describe("the source of a project", () => {
  it("comes without submodules and without credentials for git", async () => {
    expect(await sourceOfBuild({})).toEqual({ fetchesSubmodules: false, gitCredentials: false });
    const commented = "version: 0.2\nenv:\n  # git-credential-helper: yes\n  shell: bash\n";
    expect(await sourceOfBuild({ buildspec: commented })).toMatchObject({ gitCredentials: false });
  });

  it("comes with submodules if the project or the request says so", async () => {
    const gitSubmodulesConfig = { fetchSubmodules: true };
    expect(await sourceOfBuild({ gitSubmodulesConfig })).toMatchObject({ fetchesSubmodules: true });
    const override = { gitSubmodulesConfigOverride: { fetchSubmodules: false } };
    expect(await sourceOfBuild({ gitSubmodulesConfig }, override)).toMatchObject({ fetchesSubmodules: false });
  });

  it("comes with credentials for git if the buildspec says so", async () => {
    const buildspec = "version: 0.2\n\nenv:\n  git-credential-helper: yes\n  shell: bash\n";
    expect(await sourceOfBuild({ buildspec })).toMatchObject({ gitCredentials: true });
  });

  it("reaches the recipe with what the scenario's commit has and CodeBuild does not fetch", async () => {
    const { clock, images } = await startBuildWorld();
    const build = async (fetchesSubmodules: boolean): Promise<FetchedSource | undefined> => {
      const seen: FetchedSource[] = [];
      const recipe = { ...emptyBuilds, preBuild: ({ source }: { source: FetchedSource }) => void seen.push(source) };
      const rules = [{ source: { submodules: ["proto"], lfs: ["model.bin"] } }];
      const builds = simulatedBuilds({ clock, random: randomSequence(1), images, region, accountId, recipe, rules });
      let ended = false;
      builds.start(
        {
          buildId: "shop:1",
          project: "shop",
          sourceVersion: "main",
          environment: buildVariables,
          source: { fetchesSubmodules, gitCredentials: false },
          log: () => undefined,
        },
        ({ type }) => (ended ||= type === "ended"),
      );
      await clock.runUntil(() => ended);
      return seen[0];
    };
    expect(await build(false)).toMatchObject({ emptySubmodules: ["proto"], lfsPointers: ["model.bin"] });
    expect(await build(true)).toMatchObject({ emptySubmodules: [], lfsPointers: ["model.bin"] });
  });
});

describe("an image of CodeBuild's own for another architecture", () => {
  const x86 = "aws/codebuild/amazonlinux-x86_64-standard:5.0";
  const arm = "aws/codebuild/amazonlinux-aarch64-standard:3.0";
  const message = (image: string, type: string) =>
    `AWS CodeBuild curated image ${image} is not supported for projects with environment type ${type} and compute type BUILD_GENERAL1_SMALL`;

  it.each([
    ["LINUX_CONTAINER", arm],
    ["ARM_CONTAINER", x86],
    ["ARM_CONTAINER", "aws/codebuild/standard:7.0"],
  ] as const)("is refused on %s: %s", async (type, image) => {
    const { codebuild } = await startBuildWorld();
    const environment = { type, image, computeType: "BUILD_GENERAL1_SMALL" } as const;
    const refusal = { name: "InvalidInputException", message: message(image, type) };
    await expect(codebuild.send(new CreateProjectCommand({ ...project("other"), environment }))).rejects.toMatchObject(
      refusal,
    );
    await expect(codebuild.send(new UpdateProjectCommand({ name: "shop", environment }))).rejects.toMatchObject(
      refusal,
    );
    const overrides = { environmentTypeOverride: type, imageOverride: image };
    await expect(codebuild.send(new StartBuildCommand({ projectName: "shop", ...overrides }))).rejects.toMatchObject(
      refusal,
    );
  });

  it("is no concern with an image of the user's own", async () => {
    const { codebuild } = await startBuildWorld();
    const environment = { type: "ARM_CONTAINER", computeType: "BUILD_GENERAL1_SMALL" } as const;
    const image = "111122223333.dkr.ecr.us-east-1.amazonaws.com/builder:x86_64";
    const update = new UpdateProjectCommand({ name: "shop", environment: { ...environment, image } });
    expect((await codebuild.send(update)).project?.environment).toMatchObject({ image });
  });
});
