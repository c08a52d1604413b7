import {
  BatchGetBuilds$,
  type BatchGetBuildsInput,
  type BatchGetBuildsOutput,
  ListBuilds$,
  type ListBuildsInput,
  type ListBuildsOutput,
  ListBuildsForProject$,
  type ListBuildsForProjectInput,
  type ListBuildsForProjectOutput,
  StopBuild$,
  type StopBuildInput,
  type StopBuildOutput,
} from "@aws-sdk/client-codebuild";
import type { BuildEngine } from "../../engines/engine.ts";
import { type LocalService, type Parsed, operation } from "../../protocol/service.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import type { World } from "../../world/world.ts";
import { paginate } from "../../protocol/pagination.ts";
import { codeBuildAccess } from "./access.ts";
import { describeBuild } from "./build.ts";
import type { BuildRun } from "./build-run.ts";
import { codeBuildConstraints } from "./constraints.ts";
import { buildNotFound, invalidInput, projectOfBuildsNotFound } from "./errors.ts";
import { createBuildQueues } from "./build-queue.ts";
import { createProjects } from "./projects.ts";
import { startBuildOperation } from "./start-build.ts";

const pageSize = 100;

export type CodeBuildOptions = {
  engine: BuildEngine;
  /**
   * Builds of the account that run at once on one type of machine, by default 20; the queue holds five times as many. New AWS
   * accounts can have 1, or none.
   */
  concurrentBuilds?: number;
  /** Quotas of the account, which have precedence: `Concurrently running builds for ARM/Small environment`. */
  quotas?: Scenario["quotas"];
};

/** The local CodeBuild: projects and builds, with their phases, timeouts, queue and events. An engine does the work. */
export function createCodeBuild(world: World, options: CodeBuildOptions): { service: LocalService } {
  const { engine, concurrentBuilds = 20, quotas = [] } = options;
  const queues = createBuildQueues((name) => {
    const own = quotas.find((quota) => quota.service === "codebuild" && quota.name === name);
    return own?.value ?? concurrentBuilds;
  });
  const projects = createProjects(world);
  const builds = new Map<string, BuildRun>();

  function batchGet({ ids }: Parsed<BatchGetBuildsInput>): BatchGetBuildsOutput {
    const found = ids.map((id) => ({ id, run: builds.get(buildId(id)) }));
    return {
      builds: found.flatMap(({ run }) => (run === undefined ? [] : describeBuild(world, run.state))),
      buildsNotFound: found.filter(({ run }) => run === undefined).map(({ id }) => id),
    };
  }

  function stop({ id }: Parsed<StopBuildInput>): StopBuildOutput {
    const run = builds.get(buildId(id));
    if (run === undefined) throw buildNotFound(id);
    run.stop();
    return { build: describeBuild(world, run.state) };
  }

  function listForProject(input: Parsed<ListBuildsForProjectInput>): ListBuildsForProjectOutput {
    if (projects.find(input.projectName) === undefined) throw projectOfBuildsNotFound(projects.arn(input.projectName));
    const ids = [...builds.values()].filter(({ state }) => state.project.name === input.projectName);
    // The API reference says so for both orders.
    if (input.sortOrder !== undefined && ids.length > pageSize) {
      throw invalidInput(`Invalid sortOrder: it cannot be set for a project with more than ${pageSize} builds`);
    }
    return list(ids, input);
  }

  function list(
    runs: readonly BuildRun[],
    { sortOrder = "DESCENDING", nextToken }: Parsed<ListBuildsInput>,
  ): ListBuildsOutput {
    const ordered = sortOrder === "DESCENDING" ? runs.toReversed() : runs;
    const result = paginate(ordered, { size: pageSize, nextToken, invalidToken: invalidInput("Invalid nextToken") });
    return {
      ids: result.items.map(({ state }) => state.id),
      ...(result.nextToken !== undefined && { nextToken: result.nextToken }),
    };
  }

  const service: LocalService = {
    name: "codebuild",
    api: {
      protocol: "json",
      targetPrefix: "CodeBuild_20161006",
      jsonVersion: "1.1",
      validationError: "InvalidInputException",
      constraints: codeBuildConstraints,
      operations: {
        ...projects.operations,
        StartBuild: startBuildOperation(world, builds, { engine, projects, queues }),
        StopBuild: operation<StopBuildInput, StopBuildOutput>(StopBuild$, ["id"], stop),
        BatchGetBuilds: operation<BatchGetBuildsInput, BatchGetBuildsOutput>(BatchGetBuilds$, ["ids"], batchGet),
        ListBuilds: operation<ListBuildsInput, ListBuildsOutput>(ListBuilds$, ["sortOrder", "nextToken"], (input) =>
          list([...builds.values()], input),
        ),
        ListBuildsForProject: operation<ListBuildsForProjectInput, ListBuildsForProjectOutput>(
          ListBuildsForProject$,
          ["projectName", "sortOrder", "nextToken"],
          listForProject,
        ),
      },
    },
    access: codeBuildAccess,
  };
  return { service };
}

/** @param idOrArn `project:uuid`, or the ARN, as in events */
function buildId(idOrArn: string): string {
  const id = idOrArn.replace(/^arn:[^:]*:codebuild:[^:]*:[^:]*:build\//, "");
  if (!/^[^:]+:[^:]+$/.test(id)) throw invalidInput("Invalid build ID provided");
  return id;
}
