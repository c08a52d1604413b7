/**
 * Names that AWS accepts, for the longest names that a configuration can have. Pulumi's mocks accept any name, and the AWS provider
 * sends a name that Pulumi generates without cutting it: AWS refuses it when Lockmaster is deployed.
 */
import { buildProjectName } from "@lockmaster/core/lib/names.ts";
import type { ConfigurationInput } from "@lockmaster/core/config/configuration.ts";
import * as v from "valibot";
import { expect, test } from "vitest";
import { synth } from "./synth.ts";

type Rule = { field: string; pattern: RegExp };

const upTo = (longest: number, characters: string): RegExp => new RegExp(`^[${characters}]{1,${longest}}$`);
const word = String.raw`\w-`;

/** The physical name of each type of resource, and AWS's rule for it. */
const rules: Readonly<Record<string, Rule>> = {
  // docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html
  "appautoscaling/policy:Policy": { field: "name", pattern: /^[^\p{Cc}]{1,256}$/u },
  // docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
  "cloudwatch/dashboard:Dashboard": { field: "dashboardName", pattern: upTo(255, word) },
  // docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
  "cloudwatch/eventRule:EventRule": { field: "name", pattern: upTo(64, String.raw`\w.-`) },
  // docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
  "cloudwatch/logGroup:LogGroup": { field: "name", pattern: upTo(512, String.raw`\w.\/#-`) },
  // docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
  "cloudwatch/metricAlarm:MetricAlarm": { field: "name", pattern: /^\p{ASCII}{1,255}$/u },
  // docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html
  "codebuild/project:Project": { field: "name", pattern: /^[A-Za-z0-9][\w-]{1,149}$/ },
  // docs.aws.amazon.com/codeconnections/latest/APIReference/API_CreateConnection.html
  "codeconnections/connection:Connection": { field: "name", pattern: /^\p{ASCII}{1,32}$/u },
  // docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
  "dynamodb/table:Table": { field: "name", pattern: /^[\w.-]{3,255}$/ },
  // docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
  "ec2/securityGroup:SecurityGroup": { field: "name", pattern: /^(?!sg-)[\w .:/()#,@[\]+=&;{}!$*-]{1,255}$/ },
  // docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
  "ecr/repository:Repository": {
    field: "name",
    pattern: /^(?=.{2,256}$)(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
  },
  // docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html
  "ecs/cluster:Cluster": { field: "name", pattern: upTo(255, word) },
  // docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
  "ecs/service:Service": { field: "name", pattern: upTo(255, word) },
  // docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
  "ecs/taskDefinition:TaskDefinition": { field: "family", pattern: upTo(255, word) },
  // docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html
  "iam/instanceProfile:InstanceProfile": { field: "name", pattern: upTo(128, String.raw`\w+=,.@-`) },
  // docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
  "iam/policy:Policy": { field: "name", pattern: upTo(128, String.raw`\w+=,.@-`) },
  // docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
  "iam/role:Role": { field: "name", pattern: upTo(64, String.raw`\w+=,.@-`) },
  // docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
  "lambda/function:Function": { field: "name", pattern: upTo(64, word) },
  // docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
  "lb/loadBalancer:LoadBalancer": { field: "name", pattern: /^(?!-|internal-)[A-Za-z0-9-]{1,32}(?<!-)$/ },
  // docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
  "lb/targetGroup:TargetGroup": { field: "name", pattern: /^(?!-)[A-Za-z0-9-]{1,32}(?<!-)$/ },
  // docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html: six characters after a hyphen would look like an ARN's end
  "secretsmanager/secret:Secret": { field: "name", pattern: /^[\w/+=.@-]{1,512}(?<!-[A-Za-z0-9]{6})$/ },
  // docs.aws.amazon.com/cloud-map/latest/api/API_CreateHttpNamespace.html
  "servicediscovery/httpNamespace:HttpNamespace": { field: "name", pattern: /^[!-~]{1,1024}$/ },
  // docs.aws.amazon.com/cloud-map/latest/api/API_CreatePrivateDnsNamespace.html
  "servicediscovery/privateDnsNamespace:PrivateDnsNamespace": { field: "name", pattern: /^[!-~]{1,253}$/ },
  // docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
  "sfn/stateMachine:StateMachine": { field: "name", pattern: upTo(80, word) },
  // docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
  "sns/topic:Topic": { field: "name", pattern: upTo(256, word) },
  // docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
  "sqs/queue:Queue": { field: "name", pattern: upTo(80, word) },
};

/** Types without a name in AWS: AWS gives them ids, or they are a part of a named resource. */
const nameless: ReadonlySet<string> = new Set([
  "appautoscaling/target:Target",
  "cloudwatch/eventTarget:EventTarget",
  "dynamodb/tableItem:TableItem",
  "ec2/defaultSecurityGroup:DefaultSecurityGroup",
  "ec2/eip:Eip",
  "ec2/eipAssociation:EipAssociation",
  "ec2/instance:Instance",
  "ec2/internetGateway:InternetGateway",
  "ec2/natGateway:NatGateway",
  "ec2/route:Route",
  "ec2/routeTable:RouteTable",
  "ec2/routeTableAssociation:RouteTableAssociation",
  "ec2/subnet:Subnet",
  "ec2/vpc:Vpc",
  "ecr/lifecyclePolicy:LifecyclePolicy",
  "ecr/registryScanningConfiguration:RegistryScanningConfiguration",
  "ecr/repositoryPolicy:RepositoryPolicy",
  "iam/openIdConnectProvider:OpenIdConnectProvider",
  "iam/rolePolicyAttachment:RolePolicyAttachment",
  "lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
  "lambda/functionUrl:FunctionUrl",
  "lambda/permission:Permission",
  "lb/listener:Listener",
  "lb/listenerRule:ListenerRule",
  "s3/bucketObjectv2:BucketObjectv2",
  "secretsmanager/secretVersion:SecretVersion",
  "sns/topicPolicy:TopicPolicy",
  "sns/topicSubscription:TopicSubscription",
  "sqs/queuePolicy:QueuePolicy",
]);

/** A repository, image, environment, service and container with names as long as the configuration's grammar allows. */
function longest(): { stage: string; configuration: ConfigurationInput } {
  const repository = `${"o".repeat(39)}/${"r".repeat(100)}`;
  const [image, environment, service, container] = ["i".repeat(40), "e".repeat(40), "k".repeat(40), "n".repeat(255)];
  // Together they make the family, which is part of the names of roles.
  const [cluster, ecsService] = ["c".repeat(27), "s".repeat(26)];
  return {
    stage: "p".repeat(19),
    configuration: {
      installation: {
        name: "n".repeat(20),
        scanning: "enhanced",
        alarms: { emails: ["ops@example.com"] },
        deployer: { repository },
        workload: {
          network: { nat: "instance" },
          repositories: {
            [repository]: {
              [environment]: {
                serviceConnect: true,
                telemetry: true,
                services: {
                  [service]: {
                    policies: [`arn:aws:iam::111122223333:policy/${"p".repeat(128)}`],
                    containers: { [container]: { port: 8080 } },
                    route: { container },
                  },
                },
              },
            },
          },
        },
      },
      repositories: {
        [repository]: {
          images: { [image]: { context: ".", paths: ["**"], repository: "x".repeat(250) } },
          environments: {
            [environment]: {
              on: { branch: "main" },
              cluster,
              services: { [service]: { service: ecsService, containers: { [container]: image } } },
            },
          },
        },
      },
    },
  };
}

test("AWS accepts the physical name of every resource, however long the configured names are", async () => {
  const { resources } = await synth(longest());
  const wrong = resources.flatMap(({ type, name, inputs }) => {
    if (!type.startsWith("aws:")) return [];
    const kind = type.slice("aws:".length);
    if (nameless.has(kind)) return [];
    const rule = rules[kind];
    if (rule === undefined) return [`${kind}: add AWS's rule for its name to this test, or list it as nameless`];
    // Pulumi generates a missing name: the logical name, a hyphen and seven hexadecimal digits, however long that is.
    const physical = v.parse(v.string(), inputs[rule.field] ?? `${name}-0a1b2c3`);
    return rule.pattern.test(physical) ? [] : [`${kind} ${rule.field} ${physical} (${physical.length} characters)`];
  });
  expect(wrong).toEqual([]);
});

test("a target group that has to be replaced gets another name", async () => {
  const names = new Set<unknown>();
  for (const port of [3000, 8080]) {
    const { stage, configuration } = longest();
    const text = JSON.stringify(configuration).replace('"port":8080', `"port":${port}`);
    const { resources } = await synth({ stage, configuration: JSON.parse(text) });
    for (const { type, inputs } of resources) if (type === "aws:lb/targetGroup:TargetGroup") names.add(inputs["name"]);
  }
  expect(names.size).toBe(2);
});

test("the rules refuse what AWS refuses, so that the tests above can fail", () => {
  expect(rules["lb/targetGroup:TargetGroup"]?.pattern.test("shop-staging-frontend-targets-0a1b2c3d")).toBe(false);
  expect(rules["ecr/repository:Repository"]?.pattern.test(`${"x".repeat(251)}-cache`)).toBe(false);
  expect(rules["codebuild/project:Project"]?.pattern.test(`${buildProjectName("lockmaster-", "acme/shop")}/`)).toBe(
    false,
  );
});
