/** The text of `docs/permissions.md`, made from the data that the installation is built from; `scripts/generate-permissions.ts` writes it. */
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { Installation } from "@lockmaster/core/config/installation.ts";
import * as v from "valibot";
import type { BuildResource } from "../permissions/build-arns.ts";
import { type BuildPermission, buildPermissions } from "../permissions/build-permissions.ts";
import { deployerStatements } from "../deployer/policy.ts";
import { partitionText } from "../permissions/partitions.ts";
import type { Condition, EnvironmentSelection, Permission, Resource } from "../permissions/permission.ts";
import { permissions } from "../permissions/permissions.ts";
import type { Statement } from "../permissions/policy.ts";
import { lambdaStatements, stepFunctionsStatements } from "../permissions/service-statements.ts";
import { functionNames, functions, rules, schedules } from "../topology/topology.ts";

/** Placeholders for an installation's account, region and name. */
const site = { partition: "aws", region: "REGION", account: "ACCOUNT", prefix: "PREFIX" };

/** Stands for the images of a configuration. */
const withOneImage: Configuration["repositories"] = {
  "OWNER/NAME": {
    images: {
      IMAGE: {
        context: ".",
        dockerfile: "Dockerfile",
        repository: "IMAGE",
        paths: ["**"],
        platform: "linux/arm64",
        timeoutMinutes: 60,
      },
    },
    environments: {},
  },
};

const resources: Readonly<Record<Resource, string>> = {
  ledger: "the table `PREFIX-ledger`",
  stateMachine: "the state machine `PREFIX-release`",
  executions: "its executions",
  webhookSecret: "the secret `PREFIX/github-webhook`",
  githubCredentials: "the secret `PREFIX/github-credentials`",
  buildProjects: "the CodeBuild project of each repository",
  checkProjects: "the CodeBuild project of each repository's checks",
  buildLogs: "the log groups of these projects, every stream",
  imageRepositories: "the ECR repository of each image",
  eventBus: "the event bus `default`",
  clusters: "the cluster",
  services: "each service",
  serviceDeployments: "its service deployments",
  serviceRevisions: "its service revisions",
  tasks: "tasks of the cluster",
  taskDefinitionFamilies: "`taskDefinitions.families`",
  taskDefinitions: "`taskDefinitions.families`, in every revision",
  taskRoles: "`taskDefinitions.roles`",
  containerLogs: "`taskDefinitions.logGroups`, every stream",
  environmentRoles: "`account.role` of each environment that has one",
};

const conditions: Readonly<Record<Condition, string>> = {
  "cluster of an environment": "`ecs:cluster` is the environment's",
  "passed to ECS tasks": "`iam:PassedToService` is `ecs-tasks.amazonaws.com`",
  "tagged when registered": "`ecs:CreateAction` is `RegisterTaskDefinition`",
  "events of Lockmaster": "`events:source` is `lockmaster`",
  "nothing of the project overridden":
    "`codebuild:source.buildspec`, `codebuild:source.location`, `codebuild:environment.privilegedMode` and `codebuild:serviceRole` are absent; `codebuild:environment.image` is absent or the one for amd64 or arm64",
};

const environments: Readonly<Record<EnvironmentSelection, string>> = {
  all: "environment",
  "with tasks": "environment with tasks",
  "with alarms": "environment with alarms",
};

const buildResources: Readonly<Record<BuildResource, string>> = {
  images: "the repository's ECR repositories",
  caches: "the `-cache` repository beside each of them",
  log: "the project's log group",
  connection: "the connection to GitHub",
  bases: "each repository in `bases`",
  pullThroughCaches: "the repositories below the prefix of each of `pullThroughCaches`",
  importingCaches: "the same; for checks only those with `checks`",
  logins: "the secret of each of `logins`; for checks only those with `checks`",
  loginKeys: "the `encryptionKey` of these logins, through Secrets Manager and for these secrets",
};

/** @returns Markdown */
export function permissionsDocument(): string {
  const installation = v.parse(Installation, { deployer: { repository: "OWNER/NAME", branch: "BRANCH" } });
  return `${[
    introduction,
    "## Functions",
    "Every function has its own role, which only Lambda can assume. All of them also have these permissions, which Lambda itself needs:",
    statementTable(lambdaStatements(site, "FUNCTION")),
    ...functionNames.flatMap((name) => [
      `### ${functions[name].file.slice("functions/".length, -".ts".length)}`,
      functionTable(permissions[name]),
    ]),
    otherAccounts,
    "## The state machine",
    "Only Step Functions can assume its role, and only for this state machine:",
    statementTable(stepFunctionsStatements(site)),
    "## What may invoke the functions",
    invocationTable(),
    "## Builds",
    "Each repository's project has its own role, limited to that repository's resources. Its checks have another role, which cannot push images. Only CodeBuild can assume them. `bases`, `pullThroughCaches` and `logins` are [settings](builds.md#base-images) of the repository in `installation.builds`; without them the role has none of their permissions.",
    "### Images",
    buildTable(buildPermissions.build),
    "### Checks of pull requests",
    buildTable(buildPermissions.check),
    "## Deploying from GitHub Actions",
    "If the configuration names a `deployer`, the installation creates a role that workflows of this one repository and branch can assume through GitHub's OpenID Connect, without a stored key. It deploys Lockmaster itself: it creates and changes resources whose names begin with the installation's. The calls that this takes depend on the version of the AWS provider.",
    statementTable(
      deployerStatements(
        { ...site, prefix: `${installation.name}-STAGE` },
        { repositories: withOneImage, installation },
      ),
    ),
  ].join("\n\n")}\n`;
}

const introduction = `# Permissions

<!-- Generated by scripts/generate-permissions.ts from infra/permissions.ts and its neighbours. A test keeps it so. -->

What each part of Lockmaster is allowed to do in AWS, and why. \`PREFIX\` is the installation's name and stage, for example \`lockmaster-production\`. Permissions on environments, services and images are computed from [the configuration](configuration.md): after a change of the configuration, the next deployment updates the policies.

Functions read the whole ledger, and write only the partition keys that are listed here. No function can write the configuration (\`configuration#…\`) or waivers (\`waivers#…\`): the deployment and operators do.

Policies allow exactly this. A wildcard stands for a resource only where AWS knows none, and says so here; no action has one, but those of the role that deploys Lockmaster. The local AWS holds every function to its policy, so that each scenario of the tests proves that nothing needs more, and a test of their own proves that everything here is used.

Services, families, roles, log groups, images and projects are named one by one; nothing is widened to make a policy shorter. A role's inline policy holds 10,240 characters. What it cannot hold is split over managed policies of 6,144 characters, named after the role and a number (\`PREFIX-deploy-service-1\`), at most [\`installation.policiesPerRole\`](configuration.md#installation) of them. Together they allow exactly what is listed here. A service that is added changes the policy that it is added to, and rarely others. If IAM has no room, a deployment ends before it changes anything, with the roles, their sizes and what to change: see [limits.md](limits.md#policies).`;

const otherAccounts = `## Environments in other accounts and regions

If an environment has an \`account\`, functions have no permissions on its resources; they are allowed to assume its role. That role has the permissions of all functions on its environments: see [accounts.md](accounts.md).`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

const actionsOf = (actions: readonly string[]): string => actions.map((action) => `\`${action}\``).join(", ");

function functionTable(own: readonly Permission[]): string {
  return table(
    ["actions", "on", "when", "why"],
    own.map((permission) => [actionsOf(permission.actions), onWhat(permission), whenOf(permission), permission.why]),
  );
}

function onWhat(permission: Permission): string {
  const on =
    permission.on === "*"
      ? `everything: ${permission.because}`
      : permission.on.map((resource) => resources[resource]).join(", ");
  return permission.environments === undefined ? on : `${environments[permission.environments]}: ${on}`;
}

function whenOf({ when, partition }: Permission): string {
  if (partition !== undefined) return partitionText(partition);
  return when === undefined ? "" : conditions[when];
}

function buildTable(own: readonly BuildPermission[]): string {
  return table(
    ["actions", "on", "when", "why"],
    own.map((permission) => [
      actionsOf(permission.actions),
      permission.on === "*" ? `everything: ${permission.because}` : buildResources[permission.on],
      permission.when === "repository"
        ? "`codeconnections:FullRepositoryId` is the repository or absent; with `submodules` whatever it is"
        : "",
      permission.why,
    ]),
  );
}

type StatementRow = Pick<Statement, "Action" | "Resource" | "Condition"> & { Effect: "Allow" | "Deny" };

function statementTable(statements: readonly StatementRow[]): string {
  return table(
    ["actions", "on", "when"],
    statements.map(({ Effect, Action, Resource, Condition = {} }) => [
      `${Effect === "Deny" ? "**Never**: " : ""}${actionsOf(Action)}`,
      [Resource]
        .flat()
        .map((arn) => (arn === "*" ? "everything" : `\`${arn}\``))
        .join(", "),
      Object.entries(Condition)
        .flatMap(([operator, keys]) =>
          Object.entries(keys).map(
            ([key, value]) =>
              `\`${operator}\` \`${key}\`: ${[value]
                .flat()
                .map((one) => `\`${one}\``)
                .join(", ")}`,
          ),
        )
        .join("; "),
    ]),
  );
}

function invocationTable(): string {
  return table(
    ["function", "invoked by", "when"],
    [
      ...Object.entries(rules).map(([name, { target, description }]) => [
        target,
        `EventBridge, rule \`PREFIX-${name}\` only`,
        description,
      ]),
      ...Object.entries(schedules).map(([name, { target, description }]) => [
        target,
        `EventBridge, rule \`PREFIX-${name}\` only`,
        description,
      ]),
      ["webhook", "anyone, through its URL", "It accepts only requests that are signed with the webhook's secret"],
    ],
  );
}
