import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildMachines, projectPlatform } from "@lockmaster/core/build/build-machine.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { buildProjectName, checkProjectName } from "@lockmaster/core/lib/names.ts";
import {
  buildLogGroup,
  buildStatements,
  type BuildKind,
} from "@lockmaster/installation/permissions/build-permissions.ts";
import type { Functions } from "../release/functions.ts";
import { namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";
import { serviceRole } from "../app/role.ts";

export type Builds = {
  /** ARN of the connection to GitHub. */
  connection: $util.Output<string>;
  /** `PENDING` until somebody has approved it in the console; undefined for one that existed before. */
  connectionStatus: $util.Output<string> | undefined;
};

type BuildsInput = { place: InstallationSite; configuration: Configuration; functions: Functions };
type ProjectInput = BuildsInput & { kind: BuildKind; repository: string; connection: $util.Output<string> };

/** A CodeBuild project for each repository's images, another for the checks of its pull requests, and the way to the sources. */
export function builds(input: BuildsInput): Builds {
  const { connection, connectionStatus } = connectionToGithub(input);
  for (const repository of Object.keys(input.configuration.repositories)) {
    project({ ...input, kind: "build", repository, connection });
    project({ ...input, kind: "check", repository, connection });
  }
  return { connection, connectionStatus };
}

/** Only a person can let AWS into a GitHub account: a connection that is created here waits for that. */
function connectionToGithub({ place, configuration }: Pick<BuildsInput, "place" | "configuration">): Builds {
  const { connection } = configuration.installation;
  if (connection !== undefined) return { connection: $util.output(connection), connectionStatus: undefined };
  const created = new aws.codeconnections.Connection("Github", {
    // At most 32: docs.aws.amazon.com/codeconnections/latest/APIReference/API_CreateConnection.html
    name: place.prefix.slice(0, 32),
    providerType: "GitHub",
  });
  return { connection: created.arn, connectionStatus: created.connectionStatus };
}

const projectNames = { build: buildProjectName, check: checkProjectName } as const;
const purposes = { build: "Builds and pushes the images of", check: "Tests pull requests of" } as const;

/**
 * What its builds run is the buildspec that is given here, not one of the commit's. Who may start builds may still override parts of a
 * project: the condition on `codebuild:StartBuild` in `policy.ts` forbids those by which a build could do something else.
 */
function project(input: ProjectInput): void {
  const { kind, repository, place, configuration, functions, connection } = input;
  const { installation } = configuration;
  const name = projectNames[kind](namesOf(place.prefix).buildProjectPrefix, repository);
  const logicalName = `${kind === "build" ? "Build" : "Check"}-${repository}`;
  const logs = new aws.cloudwatch.LogGroup(`${logicalName}-logs`, {
    name: buildLogGroup(name),
    retentionInDays: installation.logRetentionDays,
  });
  new aws.codebuild.Project(
    logicalName,
    {
      name,
      description: `${purposes[kind]} ${repository}`,
      serviceRole: projectRole(logicalName, name, input).arn,
      source: {
        type: "GITHUB",
        location: `https://github.com/${repository}.git`,
        auth: { type: "CODECONNECTIONS", resource: connection },
        buildspec: readFileSync(join($cli.paths.root, "buildspec.yml"), "utf8"),
        // All of the history: a commit that is not the newest of its branch is not to be found in a shallow clone.
        gitCloneDepth: 0,
        // Lockmaster tells GitHub itself, and of the whole release.
        reportBuildStatus: false,
      },
      environment: {
        ...buildMachines[projectPlatform],
        computeType: "BUILD_GENERAL1_SMALL",
        imagePullCredentialsType: "CODEBUILD",
        // Docker needs it: docs.aws.amazon.com/codebuild/latest/userguide/sample-docker.html
        privilegedMode: true,
      },
      artifacts: { type: "NO_ARTIFACTS" },
      // The builder keeps its cache in the registry, where the next machine finds it.
      cache: { type: "NO_CACHE" },
      logsConfig: { cloudwatchLogs: { status: "ENABLED", groupName: logs.name } },
      // Each build is told its image's own; a queue is waited in as long as CodeBuild lets one.
      buildTimeout: 60,
      queuedTimeout: 480,
    },
    // A project's creation asks for the connection in the role's name, and the provider does not try again while IAM has not spread
    // what a role may do. Functions take so long that it has: the provider waits for their roles, which are created together with
    // this one. A project that comes with a later deployment has no such respite: docs/install.md has what helps.
    { dependsOn: Object.values(functions).map(({ nodes }) => nodes.function) },
  );
}

function projectRole(logicalName: string, name: string, input: ProjectInput): aws.iam.Role {
  const { kind, place, configuration, repository, connection } = input;
  return serviceRole(`${logicalName}-role`, configuration.installation, {
    name: buildRoleName(place.prefix, kind, name),
    service: "codebuild.amazonaws.com",
    // docs.aws.amazon.com/codebuild/latest/userguide/cross-service-confused-deputy-prevention.html
    trustCondition: {
      StringEquals: { "aws:SourceAccount": place.account },
      ArnEquals: {
        "aws:SourceArn": `arn:${place.partition}:codebuild:${place.region}:${place.account}:project/${name}`,
      },
    },
    statements: connection.apply((arn) =>
      buildStatements(kind, { place, configuration, repository, project: name, connection: arn }),
    ),
  });
}

/** A role's name has 64 characters at most, a project's 150: the hash that a project ends in tells roles apart as well. */
function buildRoleName(prefix: string, kind: BuildKind, project: string): string {
  return `${prefix}-${kind}-${project.slice(project.lastIndexOf("-") + 1)}`;
}
