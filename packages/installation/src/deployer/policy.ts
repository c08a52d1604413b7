/** The policy for deploying Lockmaster from GitHub Actions, as plain statements; `infra/deployer/deployer.ts` makes the role. */
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { connectionAction } from "../permissions/build-permissions.ts";
import { imageStatements, scanningStatements } from "./images.ts";
import { roleStatements } from "./roles.ts";
import type { DeployerStatement } from "./statement.ts";
import { namesOf, type InstallationSite } from "../topology/names.ts";

/**
 * Everything whose name begins with the installation's, and SST's state. The deployer may call every action on these resources:
 * which calls it takes to create, change and read them depends on the version of the AWS provider.
 *
 * @param splitImages the rights on image repositories are in policies of their own, which the deployer may only read
 */
export function deployerStatements(
  site: InstallationSite,
  configuration: Configuration,
  { splitImages = false } = {},
): DeployerStatement[] {
  const { installation } = configuration;
  const { connection } = installation;
  const families = familiesOfWorkload(configuration);
  return [
    ...sstStatements(site, installation.name),
    ownResources(site, families),
    ...roleStatements(site, installation, families),
    ...scanningStatements(site, configuration),
    ...(splitImages ? managedPolicies(site) : imageStatements(site, configuration)),
    withoutResourceLevel(connection),
    ...(connection === undefined ? [] : [passConnection(connection)]),
    ...(installation.workload === undefined ? [] : [workload]),
  ];
}

/** Roles and log groups of a workload's tasks are named after their cluster, not after the installation. */
function familiesOfWorkload({ installation, repositories }: Configuration): string[] {
  if (installation.workload === undefined) return [];
  const environments = Object.values(repositories).flatMap((repository) => Object.values(repository.environments));
  const own = environments.filter(({ account }) => account === undefined);
  return [...new Set(own.map(({ cluster }) => `${cluster}-*`))];
}

/**
 * SST's state and bundles. SST creates them once for each account, region and stage; they exist already, because a deployment
 * creates this role.
 *
 * @see https://sst.dev/docs/iam-credentials
 */
function sstStatements({ partition, region, account, prefix }: InstallationSite, app: string): DeployerStatement[] {
  const stage = prefix.slice(`${app}-`.length);
  const parameter = (name: string) => `arn:${partition}:ssm:${region}:${account}:parameter/sst/${name}`;
  return [
    {
      Sid: "StateAndAssets",
      Effect: "Allow",
      Action: [
        "s3:DeleteObject",
        "s3:GetBucketLocation",
        "s3:GetObject",
        "s3:GetObjectTagging",
        "s3:ListBucket",
        "s3:PutObject",
        "s3:PutObjectTagging",
      ],
      // SST gives them random names, once for each account and region.
      Resource: [`arn:${partition}:s3:::sst-state-*`, `arn:${partition}:s3:::sst-asset-*`],
    },
    {
      Sid: "Bootstrap",
      Effect: "Allow",
      Action: ["ssm:GetParameter"],
      Resource: [parameter("bootstrap"), parameter(`passphrase/${app}/${stage}`)],
    },
  ];
}

function ownResources(site: InstallationSite, families: readonly string[]): DeployerStatement {
  const { partition, region, account, prefix } = site;
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

const makeConnection = [
  "codeconnections:CreateConnection",
  "codeconnections:DeleteConnection",
  "codeconnections:GetConnection",
  "codeconnections:ListTagsForResource",
  "codeconnections:PassConnection",
  "codeconnections:TagResource",
];

/** These actions have no resource level, or a resource that AWS names. None of them reads or changes data of other applications. */
const withoutResourceLevel = (connection: string | undefined): DeployerStatement => ({
  Sid: "WithoutResourceLevel",
  Effect: "Allow",
  Action: [
    "cloudwatch:DescribeAlarms",
    ...(connection === undefined ? makeConnection : []),
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
});

/** The caller that creates a build project must be allowed to pass the connection to it. */
const passConnection = (connection: string): DeployerStatement => ({
  Sid: "Connection",
  Effect: "Allow",
  Action: [connectionAction("PassConnection", connection)],
  Resource: [connection],
});

/** AWS generates the ids of network resources, so no name can limit them. Only part of the policy if the installation creates a network. */
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

/** It reads its own policies to compare them; an operator with other credentials changes them. */
const managedPolicies = ({ partition, account, prefix }: InstallationSite): DeployerStatement[] => [
  {
    Sid: "OwnPolicies",
    Effect: "Allow",
    Action: ["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions", "iam:ListPolicyTags"],
    Resource: [`arn:${partition}:iam::${account}:policy/${namesOf(prefix).deployerRole}-*`],
  },
];
