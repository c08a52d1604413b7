/** Permissions of CodeBuild while it runs `buildspec.yml`, with the reason for each; `permissions.ts` has those of the functions. */
import type { BuildKind } from "../builds/build-kind.ts";
import { buildsOf } from "../builds/project-settings.ts";
import { buildArns, type BuildResource, type BuildScope, decryptionOf } from "./build-arns.ts";
import { mergeStatements, type Statement } from "./policy.ts";

export type BuildPermission = {
  actions: readonly string[];
  why: string;
  /** Only for the repository of the build; for all of the connection's when the build fetches submodules. */
  when?: "repository";
} & ({ on: BuildResource } | { on: "*"; because: string });

const pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] as const;

const both: readonly BuildPermission[] = [
  { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], on: "log", why: "write the build's log" },
  {
    // docs.aws.amazon.com/codebuild/latest/userguide/connections-github-app.html. Neither has a condition key: the token is one for every
    // repository of the connection (docs/security.md).
    actions: ["codeconnections:GetConnection", "codeconnections:GetConnectionToken"],
    on: "connection",
    why: "read the source from GitHub",
  },
  {
    // CreateProject also asks whether the role may use the connection: github.com/aws/aws-cdk/issues/38504
    actions: ["codeconnections:UseConnection"],
    on: "connection",
    when: "repository",
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
    actions: pull,
    on: "caches",
    why: "read layers of earlier builds",
  },
  { actions: pull, on: "bases", why: "pull base images" },
  { actions: pull, on: "pullThroughCaches", why: "pull base images that the cache has" },
  {
    // docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html: the second for the first pull of a repository
    actions: ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"],
    on: "importingCaches",
    why: "let ECR import base images that the cache does not have yet",
  },
  { actions: ["secretsmanager:GetSecretValue"], on: "logins", why: "log in to the registries of base images" },
  {
    // docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html#security-encryption-authz
    actions: ["kms:Decrypt"],
    on: "loginKeys",
    why: "let Secrets Manager decrypt these secrets, and nothing else",
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

/**
 * The statements of one project's role. `role-policies.ts` distributes them over its policies.
 *
 * @param scope.connection ARN, or a text that stands for it until it is known
 */
export function buildStatements(kind: BuildKind, scope: BuildScope): Statement[] {
  const statements = buildPermissions[kind].flatMap(({ actions, on, when }) => {
    const resources = on === "*" ? on : buildArns[on](scope, kind);
    if (resources.length === 0) return [];
    const condition =
      when === "repository" ? repositoryCondition(scope) : on === "loginKeys" ? decryptionOf(kind, scope) : undefined;
    return {
      Effect: "Allow" as const,
      Action: actions.map((action) => action.replace(/^codeconnections:/, connectionAction("", scope.connection))),
      Resource: resources,
      ...(condition !== undefined && { Condition: condition }),
    };
  });
  return mergeStatements(statements);
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

/**
 * AWS documents the key for UseConnection, but not which of CodeBuild's calls have it. A call that names another repository is denied;
 * one that names none, as when the project is created, is not.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodeconnections.html
 */
function repositoryCondition({ configuration, repository, connection }: BuildScope): Statement["Condition"] {
  if (buildsOf(configuration, repository).submodules) return undefined;
  return { StringEqualsIfExists: { [connectionAction("FullRepositoryId", connection)]: repository } };
}
