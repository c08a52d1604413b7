/** What deploying Lockmaster from GitHub Actions takes: plain statements, which `deployer.ts` makes a role of. */
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { connectionAction } from "../permissions/build-permissions.ts";
import { imageStatements } from "./images.ts";
import { roleStatements } from "./roles.ts";
import type { DeployerStatement } from "./statement.ts";
import { namesOf, type InstallationSite } from "../topology/names.ts";

/**
 * All that bears the installation's name, and what SST keeps its state in. Of its own resources the deployer may do anything:
 * which calls creating, changing and reading each of them takes is the AWS provider's affair, and changes with it.
 */
export function deployerStatements(place: InstallationSite, configuration: Configuration): DeployerStatement[] {
  const { installation } = configuration;
  const { connection } = installation;
  const families = familiesOfWorkload(configuration);
  return [
    ...sstStatements(place, installation.name),
    ownResources(place, families),
    ...roleStatements(place, installation, families),
    ...imageStatements(place, configuration),
    withoutResourceLevel(connection),
    ...(connection === undefined ? [] : [passConnection(connection)]),
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

/**
 * SST's state and bundles. What it sets up once for an account and region, and for a stage, is there: the role was made by a
 * deployment.
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
      // SST names them at random, once for each account and region.
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

function ownResources(place: InstallationSite, families: readonly string[]): DeployerStatement {
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

const makeConnection = [
  "codeconnections:CreateConnection",
  "codeconnections:DeleteConnection",
  "codeconnections:GetConnection",
  "codeconnections:ListTagsForResource",
  "codeconnections:PassConnection",
  "codeconnections:TagResource",
];

/** AWS knows no resource for these, or a name of AWS's own making; none reads or changes what somebody else's application holds. */
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

/** Whoever sets up a build project hands it the connection. */
const passConnection = (connection: string): DeployerStatement => ({
  Sid: "Connection",
  Effect: "Allow",
  Action: [connectionAction("PassConnection", connection)],
  Resource: [connection],
});

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
