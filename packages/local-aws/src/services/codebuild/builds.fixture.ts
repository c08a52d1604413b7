import { CodeBuildClient, CreateProjectCommand, type CreateProjectCommandInput } from "@aws-sdk/client-codebuild";
import { CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import { onTestFinished } from "vitest";
import type { BuildEngine, ImageStore } from "../../engines/engine.ts";
import type { BuildRecipe } from "../../engines/simulated/build-recipe.ts";
import { simulatedScans } from "../../engines/simulated/scans.ts";
import { simulatedBuilds } from "../../engines/simulated/builds.ts";
import { uuidFrom } from "../../protocol/identifiers.ts";
import { startWire } from "../../protocol/wire.fixture.ts";
import { randomSequence } from "../../world/random.ts";
import type { BuildRule } from "../../scenario/scenario.ts";
import { type VirtualClock, virtualClock } from "../../clock/virtual-clock.ts";
import type { ServiceEvent, World } from "../../world/world.ts";
import { createEcr } from "../ecr/ecr.ts";
import { createCodeBuild } from "./codebuild.ts";

export const accountId = "111122223333";
export const region = "us-east-1";
export const sha = "0123456789abcdef0123456789abcdef01234567";

/** The environment variables of a build, which `shopBuilds` reads. */
export const buildVariables = { IMAGE: "backend", COMMIT: sha, REPOSITORY: "shop/backend" };

/** Builds that push an image under its commit, or adopt the image that an earlier attempt pushed. */
export const shopBuilds: BuildRecipe = {
  subject: ({ IMAGE: image, COMMIT: commit }) => ({ image, commit }),
  preBuild: ({ environment }) => (environment["COMMIT"] === "" ? "COMMIT is empty" : undefined),
  build({ environment: { COMMIT: commit = "", REPOSITORY: repository = "" }, images }) {
    const existing = images.find(repository, commit);
    if (existing !== undefined) return { exports: { DIGEST: existing.digest, OUTCOME: "adopted" }, seconds: 1 };
    return {
      pushes: { repository, tag: commit, revision: commit, annotations: { "shop.build": "1" } },
      exports: ({ digest }) => ({ DIGEST: digest, OUTCOME: "built" }),
    };
  },
};

export type BuildWorld = {
  clock: VirtualClock;
  codebuild: CodeBuildClient;
  ecr: ECRClient;
  images: ImageStore;
  /** All events that were emitted to EventBridge, in order. */
  events: ServiceEvent[];
  logs: { group: string; stream: string; line: string }[];
};

/** CodeBuild and ECR at the wire, with the project `shop` and the immutable repository `shop/backend`. */
export async function startBuildWorld(
  options: { rules?: readonly BuildRule[]; engine?: BuildEngine; concurrentBuilds?: number } = {},
): Promise<BuildWorld> {
  const clock = virtualClock();
  const random = randomSequence(1);
  const events: ServiceEvent[] = [];
  const logs: BuildWorld["logs"] = [];
  const world: World = {
    clock,
    region,
    accountId,
    random,
    emit: (event) => events.push(event),
    invoke: () => Promise.reject(new Error("This test registers no functions")),
    log: (group, stream, lines) => logs.push(...lines.map((line) => ({ group, stream, line }))),
  };
  const { service: ecrService, images } = createEcr(world, () => "http://127.0.0.1", simulatedScans([]));
  const engine =
    options.engine ?? simulatedBuilds({ ...world, images, recipe: shopBuilds, rules: options.rules ?? [] });
  const { service } = createCodeBuild(world, {
    engine,
    ...(options.concurrentBuilds !== undefined && { concurrentBuilds: options.concurrentBuilds }),
  });
  const wire = await startWire({ services: [service, ecrService], requestId: () => uuidFrom(random) }, clock);
  const codebuild = new CodeBuildClient(wire.client);
  const ecr = new ECRClient(wire.client);
  onTestFinished(() => {
    codebuild.destroy();
    ecr.destroy();
  });
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "shop/backend", imageTagMutability: "IMMUTABLE" }));
  await codebuild.send(new CreateProjectCommand(project("shop")));
  return { clock, codebuild, ecr, images, events, logs };
}

export function project(name: string): CreateProjectCommandInput {
  return {
    name,
    source: { type: "GITHUB", location: "https://github.com/acme/shop.git", buildspec: "version: 0.2" },
    artifacts: { type: "NO_ARTIFACTS" },
    environment: {
      type: "ARM_CONTAINER",
      image: "aws/codebuild/amazonlinux-aarch64-standard:3.0",
      computeType: "BUILD_GENERAL1_SMALL",
      privilegedMode: true,
      environmentVariables: [
        { name: "IMAGE", value: "of the project" },
        { name: "SHOP", value: "yes" },
      ],
    },
    serviceRole: `arn:aws:iam::${accountId}:role/build`,
  };
}
