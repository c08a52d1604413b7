import { StartBuild$, type StartBuildInput, type StartBuildOutput } from "@aws-sdk/client-codebuild";
import type { BuildEngine } from "../../engines/engine.ts";
import { uuidFrom } from "../../protocol/identifiers.ts";
import { type Call, type Operation, type Parsed, operation } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { describeBuild } from "./build.ts";
import type { BuildQueue } from "./build-queue.ts";
import { BuildRun } from "./build-run.ts";
import { requireFittingImage } from "./curated-images.ts";
import { mergeVariables, requirePlaintext } from "./environment.ts";
import { invalidInput, projectNotFound } from "./errors.ts";
import type { Projects, StoredProject } from "./projects.ts";

export type StartBuildOptions = {
  engine: BuildEngine;
  projects: Projects;
  /** The queue of a type of machine. */
  queues: (environment: StoredProject["environment"]) => BuildQueue;
};

type IdempotentStart = { build: BuildRun; parameters: string; expiresAt: number };

const idempotencyMs = 5 * 60_000;

/**
 * StartBuild.
 *
 * @param builds all builds by id, in the order of their start; the operation adds each new build
 */
export function startBuildOperation(
  world: World,
  builds: Map<string, BuildRun>,
  options: StartBuildOptions,
): Operation {
  const { engine, projects, queues } = options;
  const numbers = new Map<string, number>();
  const starts = new Map<string, IdempotentStart>();

  function start(input: Parsed<StartBuildInput>, call: Call): BuildRun {
    const { idempotencyToken } = input;
    const parameters = JSON.stringify(Object.entries(input).sort(([a], [b]) => (a < b ? -1 : 1)));
    const earlier = idempotencyToken === undefined ? undefined : starts.get(idempotencyToken);
    if (earlier !== undefined && world.clock.now() < earlier.expiresAt) {
      if (earlier.parameters !== parameters) {
        throw invalidInput(
          `Parameters do not match those of the earlier request with idempotency token ${idempotencyToken}`,
        );
      }
      return earlier.build;
    }
    const build = submit(input, call);
    const expiresAt = world.clock.now() + idempotencyMs;
    if (idempotencyToken !== undefined) starts.set(idempotencyToken, { build, parameters, expiresAt });
    return build;
  }

  function submit(input: Parsed<StartBuildInput>, call: Call): BuildRun {
    const project = projects.find(input.projectName);
    if (project === undefined) throw projectNotFound(projects.arn(input.projectName));
    const overrides = input.environmentVariablesOverride ?? [];
    requirePlaintext(overrides);
    const overridden = withOverrides(project, input);
    const queue = queues(overridden.environment);
    queue.refuseWhenFull();

    const id = `${project.name}:${uuidFrom(() => world.random())}`;
    const number = (numbers.get(project.name) ?? 0) + 1;
    numbers.set(project.name, number);
    const sourceVersion = input.sourceVersion ?? project.sourceVersion;
    const queued = { start: () => run.start(engine) };
    const run = new BuildRun(
      world,
      {
        id,
        arn: `arn:aws:codebuild:${world.region}:${world.accountId}:build/${id}`,
        number,
        project: overridden,
        ...(sourceVersion !== undefined && { sourceVersion }),
        variables: mergeVariables(project.environment.environmentVariables ?? [], overrides),
        timeoutInMinutes: input.timeoutInMinutesOverride ?? project.timeoutInMinutes,
        initiator: call.caller.kind === "function" ? call.caller.functionName : call.caller.accessKeyId,
        status: "IN_PROGRESS",
        startedAt: world.clock.now(),
        phases: [],
        exported: {},
      },
      () => queue.remove(queued),
    );
    builds.set(id, run);
    run.submit();
    queue.add(queued);
    return run;
  }

  return operation<StartBuildInput, StartBuildOutput>(
    StartBuild$,
    [
      "projectName",
      "sourceVersion",
      "environmentVariablesOverride",
      "environmentTypeOverride",
      "gitSubmodulesConfigOverride",
      "imageOverride",
      "timeoutInMinutesOverride",
      "idempotencyToken",
    ],
    (input, call) => ({ build: describeBuild(world, start(input, call).state) }),
  );
}

/**
 * The project with the settings that the request overrides.
 *
 * @throws AwsError InvalidInputException for a curated image of another environment type
 */
function withOverrides(project: StoredProject, input: Parsed<StartBuildInput>): StoredProject {
  const {
    environmentTypeOverride: type,
    imageOverride: image,
    gitSubmodulesConfigOverride: gitSubmodulesConfig,
  } = input;
  const environment = {
    ...project.environment,
    ...(type !== undefined && { type }),
    ...(image !== undefined && { image }),
  };
  requireFittingImage(environment);
  const source = { ...project.source, ...(gitSubmodulesConfig !== undefined && { gitSubmodulesConfig }) };
  return { ...project, source, environment };
}
