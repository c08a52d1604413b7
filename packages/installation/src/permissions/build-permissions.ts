/** Permissions of CodeBuild while it runs `buildspec.yml`, with the reason for each; `permissions.ts` has those of the functions. */
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { InstallationSite } from "../topology/names.ts";
import type { Statement } from "./policy.ts";

/** `build` pushes images of a repository; `check` runs the tests of its pull requests and cannot push. */
export type BuildKind = "build" | "check";

/** Resources of one repository: no project can access those of another repository. */
export type BuildResource = "images" | "caches" | "log" | "connection";

export type BuildPermission = { actions: readonly string[]; why: string } & (
  | { on: BuildResource }
  | { on: "*"; because: string }
);

const both: readonly BuildPermission[] = [
  { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], on: "log", why: "write the build's log" },
  {
    // docs.aws.amazon.com/codebuild/latest/userguide/connections-github-app.html, and for CreateProject, which asks whether the role
    // may use the connection: github.com/aws/aws-cdk/issues/38504
    actions: ["codeconnections:GetConnection", "codeconnections:GetConnectionToken", "codeconnections:UseConnection"],
    on: "connection",
    why: "read the source from GitHub",
  },
  {
    actions: ["ecr:GetAuthorizationToken"],
    on: "*",
    because: "it has no resource level; the token allows only what the role allows",
    why: "log in to the registry",
  },
  {
    // docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
    actions: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    on: "caches",
    why: "read layers of earlier builds",
  },
];

const push = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:InitiateLayerUpload",
  "ecr:UploadLayerPart",
  "ecr:CompleteLayerUpload",
  "ecr:PutImage",
] as const;

export const buildPermissions: Readonly<Record<BuildKind, readonly BuildPermission[]>> = {
  build: [
    ...both,
    { actions: push, on: "caches", why: "store layers for later builds" },
    { actions: push, on: "images", why: "push the image; find out whether an earlier attempt pushed it" },
    {
      actions: ["ecr:DescribeImages"],
      on: "images",
      why: "find an earlier attempt's image, and the size of this one's",
    },
  ],
  check: both,
};

type BuildScope = {
  site: InstallationSite;
  configuration: Configuration;
  /** `owner/name` on GitHub. */
  repository: string;
  /** Name of the CodeBuild project. */
  project: string;
  /** ARN of the connection to GitHub. */
  connection: string;
};

/** The statements of one project's role. */
export function buildStatements(kind: BuildKind, scope: BuildScope): Statement[] {
  return buildPermissions[kind].map(({ actions, on }) => ({
    Effect: "Allow",
    Action: actions.map((action) => action.replace(/^codeconnections:/, connectionAction("", scope.connection))),
    Resource: on === "*" ? on : arnsOf(on, scope),
  }));
}

/**
 * An action on a connection, as policies name it. A connection created before July 2024 has the service's former name in its ARN,
 * and the action needs the same prefix.
 *
 * @param connection ARN
 */
export function connectionAction(action: string, connection: string): string {
  const [, , service = "codeconnections"] = connection.split(":");
  return `${service}:${action}`;
}

function arnsOf(
  resource: BuildResource,
  { site, configuration, repository, project, connection }: BuildScope,
): string[] {
  const { partition, region, account } = site;
  const images = Object.values(configuration.repositories[repository]?.images ?? {});
  const ecr = (name: string) => `arn:${partition}:ecr:${region}:${account}:repository/${name}`;
  switch (resource) {
    case "images":
      return images.map((image) => ecr(image.repository));
    case "caches":
      return images.map((image) => ecr(`${image.repository}-cache`));
    case "log":
      return [`arn:${partition}:logs:${region}:${account}:log-group:${buildLogGroup(project)}:*`];
    case "connection":
      return [connection];
  }
}

export const buildLogGroup = (project: string): string => `/aws/codebuild/${project}`;
