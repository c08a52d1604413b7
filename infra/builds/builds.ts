import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildMachines } from "@lockmaster/core/build/build-machine.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { buildProjectName, checkProjectName } from "@lockmaster/core/lib/names.ts";
import { buildLogGroup } from "@lockmaster/installation/permissions/build-arns.ts";
import { buildRole, policiesOf, unknownConnection } from "@lockmaster/installation/permissions/installation-roles.ts";
import type { BuildKind } from "@lockmaster/installation/builds/build-kind.ts";
import { buildsOf, projectSettings } from "@lockmaster/installation/builds/project-settings.ts";
import type { Functions } from "../release/functions.ts";
import { namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";
import { serviceRole } from "../app/role.ts";

export type Builds = {
  /** ARN of the connection to GitHub. */
  connection: $util.Output<string>;
  /** `PENDING` until an operator approves it in the console; undefined for a connection that existed before. */
  connectionStatus: $util.Output<string> | undefined;
};

type BuildsInput = { site: InstallationSite; configuration: Configuration; functions: Functions };
type ProjectInput = BuildsInput & { kind: BuildKind; repository: string; connection: $util.Output<string> };

/** For each repository a CodeBuild project for images and another for checks of pull requests, and the connection to GitHub. */
export function builds(input: BuildsInput): Builds {
  const { connection, connectionStatus } = connectionToGithub(input);
  for (const repository of Object.keys(input.configuration.repositories)) {
    project({ ...input, kind: "build", repository, connection });
    project({ ...input, kind: "check", repository, connection });
  }
  return { connection, connectionStatus };
}

/** A person has to approve AWS's access to a GitHub account: a connection that is created here is pending until then. */
function connectionToGithub({ site, configuration }: Pick<BuildsInput, "site" | "configuration">): Builds {
  const { connection } = configuration.installation;
  if (connection !== undefined) return { connection: $util.output(connection), connectionStatus: undefined };
  const created = new aws.codeconnections.Connection("Github", {
    // At most 32: docs.aws.amazon.com/codeconnections/latest/APIReference/API_CreateConnection.html
    name: site.prefix.slice(0, 32),
    providerType: "GitHub",
  });
  return { connection: created.arn, connectionStatus: created.connectionStatus };
}

const projectNames = { build: buildProjectName, check: checkProjectName } as const;
const purposes = { build: "Builds and pushes the images of", check: "Tests pull requests of" } as const;

/**
 * Builds run the buildspec that is inlined here, never one of the commit. A caller of StartBuild can override parts of a project: the
 * condition on `codebuild:StartBuild` in `policy.ts` denies the overrides that would change what a build does.
 */
function project(input: ProjectInput): void {
  const { kind, repository, site, configuration, functions, connection } = input;
  const { installation } = configuration;
  const name = projectNames[kind](namesOf(site.prefix).buildProjectPrefix, repository);
  const logicalName = `${kind === "build" ? "Build" : "Check"}-${repository}`;
  const { buildspec, gitSubmodulesConfig, environmentVariables } = projectSettings(
    kind,
    buildsOf(configuration, repository),
    readFileSync(join($cli.paths.root, "buildspec.yml"), "utf8"),
  );
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
        buildspec,
        ...(gitSubmodulesConfig !== undefined && { gitSubmodulesConfig }),
        // Full history: a shallow clone lacks commits that are not the newest of their branch.
        gitCloneDepth: 0,
        // Lockmaster reports the status of the whole release to GitHub itself.
        reportBuildStatus: false,
      },
      environment: {
        ...buildMachines[installation.builds.platform],
        computeType: "BUILD_GENERAL1_SMALL",
        imagePullCredentialsType: "CODEBUILD",
        // Docker needs it: docs.aws.amazon.com/codebuild/latest/userguide/sample-docker.html
        privilegedMode: true,
        ...(environmentVariables.length > 0 && { environmentVariables }),
      },
      artifacts: { type: "NO_ARTIFACTS" },
      // buildx keeps its cache in the registry, where builds on other machines find it.
      cache: { type: "NO_CACHE" },
      logsConfig: { cloudwatchLogs: { status: "ENABLED", groupName: logs.name } },
      // Each build gets its image's timeout; builds may queue as long as CodeBuild allows.
      buildTimeout: 60,
      queuedTimeout: 480,
    },
    // CreateProject uses the connection with the role's permissions, and the provider does not retry while IAM propagates them.
    // Creating the functions takes long enough for that, and their roles are created together with this one. A project that a later
    // deployment adds does not have this delay: docs/install.md has the remedy.
    { dependsOn: Object.values(functions).map(({ nodes }) => nodes.function) },
  );
}

function projectRole(logicalName: string, name: string, input: ProjectInput): aws.iam.Role {
  const { kind, site, configuration, repository, connection } = input;
  const role = buildRole(kind, repository, { ...site, configuration });
  return serviceRole(`${logicalName}-role`, configuration.installation, {
    name: role.name,
    service: "codebuild.amazonaws.com",
    // docs.aws.amazon.com/codebuild/latest/userguide/cross-service-confused-deputy-prevention.html
    trustCondition: {
      StringEquals: { "aws:SourceAccount": site.account },
      ArnEquals: {
        "aws:SourceArn": `arn:${site.partition}:codebuild:${site.region}:${site.account}:project/${name}`,
      },
    },
    policies: policiesOf(role, configuration),
    complete: (text) => connection.apply((arn) => text.replaceAll(unknownConnection(site), arn)),
  });
}
