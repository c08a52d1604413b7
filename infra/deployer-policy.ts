/** What deploying Lockmaster from GitHub Actions takes: plain statements, which `deployer.ts` makes a role of. */
import type { Installation } from "@lockmaster/core/config/installation.ts";
import type { Configuration } from "@lockmaster/core/config/schema.ts";
import { namesOf, type Place } from "./names.ts";

type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

export type DeployerStatement = {
  Sid: string;
  Effect: "Allow" | "Deny";
  Action: readonly string[];
  Resource: readonly string[];
  Condition?: Condition;
};

export const githubIssuer = "token.actions.githubusercontent.com";

/**
 * Who may assume the role: workflows of one repository that run for one branch. A workflow that names an environment of GitHub's has
 * another subject, and is refused.
 *
 * @see https://docs.github.com/en/actions/concepts/security/openid-connect
 */
export function deployerTrust(provider: string, deployer: NonNullable<Installation["deployer"]>): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: provider },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            [`${githubIssuer}:aud`]: "sts.amazonaws.com",
            [`${githubIssuer}:sub`]: `repo:${deployer.repository}:ref:refs/heads/${deployer.branch}`,
          },
        },
      },
    ],
  };
}

/**
 * All that bears the installation's name, and what SST keeps its state in. Of its own resources the deployer may do anything:
 * which calls creating, changing and reading each of them takes is the AWS provider's affair, and changes with it.
 *
 * Whoever makes roles can make one that may do anything. Only a permissions boundary keeps the deployer from that: with one
 * configured it makes no role without.
 */
export function deployerStatements(place: Place, configuration: Configuration): DeployerStatement[] {
  const { installation } = configuration;
  const families = familiesOfWorkload(configuration);
  return [
    ...sstStatements(place, installation.name),
    ownResources(place, families),
    ...roleStatements(place, families, installation.permissionsBoundary),
    imageRepositories(place),
    withoutResourceLevel,
    ...(installation.scanning === "enhanced" ? [inspector] : []),
    ...(installation.workload === undefined ? [] : [workload]),
  ];
}

/** What the roles and log groups of a workload's tasks are named by: not the installation, but their clusters. */
function familiesOfWorkload({ installation, repositories }: Configuration): string[] {
  if (installation.workload === undefined) return [];
  const environments = Object.values(repositories).flatMap((repository) => Object.values(repository.environments));
  const own = environments.filter(({ account }) => account === undefined);
  return [...new Set(own.map(({ cluster }) => `${cluster}-*`))];
}

/** @see https://sst.dev/docs/iam-credentials */
function sstStatements({ partition, region, account, prefix }: Place, app: string): DeployerStatement[] {
  const stage = prefix.slice(`${app}-`.length);
  const parameter = (name: string) => `arn:${partition}:ssm:${region}:${account}:parameter/sst/${name}`;
  return [
    {
      Sid: "StateAndAssets",
      Effect: "Allow",
      Action: [
        "s3:CreateBucket",
        "s3:DeleteObject",
        "s3:GetBucketLocation",
        "s3:GetObject",
        "s3:GetObjectTagging",
        "s3:ListBucket",
        "s3:PutBucketNotification",
        "s3:PutBucketVersioning",
        "s3:PutObject",
        "s3:PutObjectTagging",
      ],
      // SST names them at random, once for each account and region.
      Resource: [`arn:${partition}:s3:::sst-state-*`, `arn:${partition}:s3:::sst-asset-*`],
    },
    {
      Sid: "Bootstrap",
      Effect: "Allow",
      Action: ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "ssm:PutParameter"],
      Resource: [parameter("bootstrap"), parameter("bootstrap/*"), parameter(`passphrase/${app}/${stage}`)],
    },
    {
      Sid: "BootstrapRepository",
      Effect: "Allow",
      Action: ["ecr:CreateRepository", "ecr:DescribeRepositories"],
      Resource: [`arn:${partition}:ecr:${region}:${account}:repository/sst-asset`],
    },
  ];
}

function ownResources(place: Place, families: readonly string[]): DeployerStatement {
  const { partition, region, account, prefix } = place;
  const arn = (service: string, resource: string) => `arn:${partition}:${service}:${region}:${account}:${resource}`;
  return {
    Sid: "OwnResources",
    Effect: "Allow",
    Action: [
      "cloudwatch:*",
      "codebuild:*",
      "dynamodb:*",
      "events:*",
      "lambda:*",
      "logs:*",
      "secretsmanager:*",
      "sns:*",
      "sqs:*",
      "states:*",
    ],
    Resource: [
      arn("cloudwatch", `alarm:${prefix}-*`),
      `arn:${partition}:cloudwatch::${account}:dashboard/${namesOf(prefix).dashboard}`,
      arn("codebuild", `project/${prefix}-*`),
      arn("dynamodb", `table/${prefix}-*`),
      arn("events", `rule/${prefix}-*`),
      arn("lambda", `function:${prefix}-*`),
      arn("logs", `log-group:/aws/codebuild/${prefix}-*`),
      arn("logs", `log-group:/aws/lambda/${prefix}-*`),
      arn("logs", `log-group:/aws/vendedlogs/states/${prefix}-*`),
      ...families.map((family) => arn("logs", `log-group:/ecs/${family}`)),
      arn("secretsmanager", `secret:${prefix}/*`),
      arn("sns", `${prefix}-*`),
      arn("sqs", `${prefix}-*`),
      arn("states", `stateMachine:${prefix}-*`),
    ],
  };
}

/** Services that the installation's roles are for. */
const passedTo = ["codebuild.amazonaws.com", "ecs-tasks.amazonaws.com", "lambda.amazonaws.com", "states.amazonaws.com"];

function roleStatements(
  { partition, account, prefix }: Place,
  families: readonly string[],
  boundary: string | undefined,
): DeployerStatement[] {
  const ofTasks = families.flatMap((family) => [`${family}-execution`, `${family}-task`]);
  const roles = [`${prefix}-*`, ...ofTasks].map((role) => `arn:${partition}:iam::${account}:role/${role}`);
  const itself = [`arn:${partition}:iam::${account}:role/${namesOf(prefix).deployerRole}`];
  const write = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"];
  const rest = [
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
  ];
  const read = [
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListInstanceProfilesForRole",
    "iam:ListRolePolicies",
    "iam:ListRoleTags",
  ];
  return [
    {
      Sid: "RolesThatMay",
      Effect: "Allow",
      Action: write,
      Resource: roles,
      ...(boundary !== undefined && { Condition: { StringEquals: { "iam:PermissionsBoundary": boundary } } }),
    },
    { Sid: "Roles", Effect: "Allow", Action: [...rest, ...read], Resource: roles },
    {
      Sid: "RolesPassed",
      Effect: "Allow",
      Action: ["iam:PassRole"],
      Resource: roles,
      Condition: { StringEquals: { "iam:PassedToService": passedTo } },
    },
    // Somebody with credentials of their own changes who deploys, and what that takes.
    {
      Sid: "NotItself",
      Effect: "Deny",
      Action: [...write, ...rest, "iam:DeleteRolePermissionsBoundary"],
      Resource: itself,
    },
    {
      Sid: "GitHub",
      Effect: "Allow",
      Action: ["iam:GetOpenIDConnectProvider"],
      Resource: [`arn:${partition}:iam::${account}:oidc-provider/${githubIssuer}`],
    },
  ];
}

/** A policy has no room for the names of many; nothing is deleted, and no image read or written. */
const imageRepositories = ({ partition, region, account }: Place): DeployerStatement => ({
  Sid: "ImageRepositories",
  Effect: "Allow",
  Action: [
    "ecr:CreateRepository",
    "ecr:DeleteLifecyclePolicy",
    "ecr:DescribeRepositories",
    "ecr:GetLifecyclePolicy",
    "ecr:GetRepositoryPolicy",
    "ecr:ListTagsForResource",
    "ecr:PutImageScanningConfiguration",
    "ecr:PutImageTagMutability",
    "ecr:PutLifecyclePolicy",
    "ecr:TagResource",
    "ecr:UntagResource",
  ],
  Resource: [`arn:${partition}:ecr:${region}:${account}:repository/*`],
});

/** AWS knows no resource for these, or a name of AWS's own making; none reads or changes what somebody else's application holds. */
const withoutResourceLevel: DeployerStatement = {
  Sid: "WithoutResourceLevel",
  Effect: "Allow",
  Action: [
    "cloudwatch:DescribeAlarms",
    "codeconnections:CreateConnection",
    "codeconnections:DeleteConnection",
    "codeconnections:GetConnection",
    "codeconnections:ListTagsForResource",
    "codeconnections:PassConnection",
    "codeconnections:TagResource",
    "ecr:GetRegistryScanningConfiguration",
    "ecr:PutRegistryScanningConfiguration",
    "events:DescribeEventBus",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:ListTagsForResource",
    "sns:GetSubscriptionAttributes",
    "sns:Unsubscribe",
    "states:ValidateStateMachineDefinition",
  ],
  Resource: ["*"],
};

/** What ECR does in the name of who sets it to Amazon Inspector: docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-iam.html */
const inspector: DeployerStatement = {
  Sid: "Inspector",
  Effect: "Allow",
  Action: ["inspector2:Enable", "inspector2:ListAccountPermissions"],
  Resource: ["*"],
};

/** A network has no names: its resources bear ids of AWS's own making. Given only where the installation makes one. */
const workload: DeployerStatement = {
  Sid: "Workload",
  Effect: "Allow",
  Action: [
    "application-autoscaling:*",
    "ec2:*",
    "ecs:*",
    "elasticloadbalancing:*",
    "iam:CreateServiceLinkedRole",
    "servicediscovery:*",
  ],
  Resource: ["*"],
};
