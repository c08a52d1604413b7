import { CodeBuildClient, StartBuildCommand } from "@aws-sdk/client-codebuild";
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeServiceRevisionsCommand,
  ECSClient,
  ListTasksCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetSecretValueCommand, CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { describe, expect, onTestFinished, test } from "vitest";
import { failureOf } from "../protocol/wire.fixture.ts";
import { startLocalAws } from "../start-local-aws.ts";
import { virtualClock } from "../clock/virtual-clock.ts";
import { type Grant, unmappedOperations } from "./authorization.ts";
import type { Statement } from "./statement.ts";

const role = "arn:aws:iam::111122223333:role/limited";
const session = { RoleArn: role, RoleSessionName: "test" };
const denied = { name: "AccessDeniedException" };

/** Options of clients that act under a role with this policy. */
async function actUnderRole(...statements: Omit<Statement, "Effect">[]) {
  const grants: Grant[] = [];
  const aws = await startLocalAws({ clock: virtualClock(), roles: [role], onGrant: (grant) => grants.push(grant) });
  onTestFinished(() => aws.close());
  aws.attachPolicies(role, { inline: statements.map((statement) => ({ Effect: "Allow", ...statement })) });
  const { Credentials } = await new STSClient(aws.clientConfig()).send(new AssumeRoleCommand(session));
  const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = Credentials ?? {};
  return { aws, grants, config: { ...aws.clientConfig(), credentials: { accessKeyId, secretAccessKey } } };
}

const serviceArn = "arn:aws:ecs:us-east-1:111122223333:service/shop/api";

test("a request that no statement allows is refused with AWS's message", async () => {
  const { config } = await actUnderRole({
    Action: ["ecs:UpdateService"],
    Resource: [serviceArn.replace("api", "web")],
  });

  const failure = await failureOf(
    new ECSClient(config).send(new UpdateServiceCommand({ cluster: "shop", service: "api" })),
  );

  expect(failure).toMatchObject({
    name: "AccessDeniedException",
    message: `User: arn:aws:sts::111122223333:assumed-role/limited/test is not authorized to perform: ecs:UpdateService on resource: ${serviceArn} because no identity-based policy allows the ecs:UpdateService action`,
  });
});

test("a call that a statement allows is let through, and reported", async () => {
  const { config, grants } = await actUnderRole({ Action: ["ecs:UpdateService"], Resource: [serviceArn] });
  const ecs = new ECSClient(config);

  for (const service of ["api", serviceArn]) {
    const failure = await failureOf(ecs.send(new UpdateServiceCommand({ cluster: "shop", service })));
    expect(failure).toMatchObject({ name: "ClusterNotFoundException" });
  }

  expect(grants).toMatchObject([
    { role, action: "ecs:UpdateService", resource: serviceArn },
    { role, action: "ecs:UpdateService", resource: serviceArn },
  ]);
});

test("all demands of a request must be allowed", async () => {
  const revision = "arn:aws:ecs:us-east-1:111122223333:service-revision/shop/api/1";
  const { config } = await actUnderRole({ Action: ["ecs:DescribeServiceRevisions"], Resource: [revision] });

  const request = new DescribeServiceRevisionsCommand({ serviceRevisionArns: [revision] });

  const failure = await failureOf(new ECSClient(config).send(request));
  expect(failure).toMatchObject({ ...denied, message: expect.stringContaining(`on resource: ${serviceArn} `) });
});

test("a condition on the cluster denies access to another cluster", async () => {
  const Condition = { ArnEquals: { "ecs:cluster": "arn:aws:ecs:us-east-1:111122223333:cluster/shop" } };
  const { config } = await actUnderRole({ Action: ["ecs:ListTasks"], Resource: "*", Condition });
  const ecs = new ECSClient(config);

  expect(await failureOf(ecs.send(new ListTasksCommand({ cluster: "other" })))).toMatchObject(denied);
  expect(await failureOf(ecs.send(new ListTasksCommand({})))).toMatchObject(denied);
  const allowed = await failureOf(ecs.send(new ListTasksCommand({ cluster: "shop" })));
  expect(allowed).toMatchObject({ name: "ClusterNotFoundException" });
});

test("a condition can deny builds with another buildspec", async () => {
  const Condition = { Null: { "codebuild:source.buildspec": "true" } };
  const { config } = await actUnderRole({ Action: ["codebuild:StartBuild"], Resource: "*", Condition });
  const codebuild = new CodeBuildClient(config);

  const plain = new StartBuildCommand({ projectName: "shop" });
  expect(await failureOf(codebuild.send(plain))).toMatchObject({ name: "ResourceNotFoundException" });
  const overriding = new StartBuildCommand({ projectName: "shop", buildspecOverride: "version: 0.2" });
  expect(await failureOf(codebuild.send(overriding))).toMatchObject(denied);
});

test("each event must be allowed, by its source", async () => {
  const Condition = { StringEquals: { "events:source": "shop" } };
  const bus = "arn:aws:events:us-east-1:111122223333:event-bus/default";
  const { config } = await actUnderRole({ Action: ["events:PutEvents"], Resource: [bus], Condition });
  const entry = { DetailType: "Release Succeeded", Detail: "{}" };

  const Entries = [
    { ...entry, Source: "shop" },
    { ...entry, Source: "other" },
  ];

  expect(await failureOf(new EventBridgeClient(config).send(new PutEventsCommand({ Entries })))).toMatchObject(denied);
});

test("a secret's resource is its whole ARN, also when the request names the secret", async () => {
  const secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:token-??????";
  const { aws, config } = await actUnderRole({ Action: ["secretsmanager:GetSecretValue"], Resource: [secret] });
  await new SecretsManagerClient(aws.clientConfig()).send(
    new CreateSecretCommand({ Name: "token", SecretString: "x" }),
  );

  const { SecretString } = await new SecretsManagerClient(config).send(
    new GetSecretValueCommand({ SecretId: "token" }),
  );

  expect(SecretString).toBe("x");
});

test("policies apply to DynamoDB tables, and STS has its own error", async () => {
  const { config } = await actUnderRole();

  const read = new GetItemCommand({ TableName: "ledger", Key: { pk: { S: "a" } } });
  expect(await failureOf(new DynamoDBClient(config).send(read))).toMatchObject(denied);
  const assume = new STSClient(config).send(new AssumeRoleCommand(session));
  expect(await failureOf(assume)).toMatchObject({ name: "AccessDenied" });
});

test("every operation declares its demands", async () => {
  const { aws } = await actUnderRole();

  expect(unmappedOperations(aws.services)).toEqual([]);
});

describe("the policies of a role", () => {
  const documentOf = (resource: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: ["ecs:UpdateService"], Resource: [resource] }],
    });
  /** One statement in a policy of this size. */
  const policy = (characters: number): Statement[] => [
    { Effect: "Allow", Action: ["ecs:UpdateService"], Resource: ["a".repeat(characters - documentOf("").length)] },
  ];

  test.each([
    ["an inline policy", { inline: policy(10_241) }, "Maximum policy size of 10240 bytes exceeded for role limited"],
    ["a managed policy", { inline: [], managed: [policy(6145)] }, "Cannot exceed quota for PolicySize: 6144"],
    [
      "the number of managed policies",
      { inline: [], managed: Array.from({ length: 11 }, () => policy(200)) },
      "Cannot exceed quota for PoliciesPerRole: 10",
    ],
  ])("have IAM's quota for %s", async (_, policies, message) => {
    const { aws } = await actUnderRole();
    expect(() => aws.attachPolicies(role, policies)).toThrow(message);
  });

  test("may be as large as the quotas", async () => {
    const { aws } = await actUnderRole();
    const managed = Array.from({ length: 10 }, () => policy(6144));
    expect(() => aws.attachPolicies(role, { inline: policy(10_240), managed })).not.toThrow();
    const more = { inline: [], managed: [...managed, policy(200)] };
    expect(() => aws.attachPolicies(role, more)).toThrow("PoliciesPerRole");
    expect(() => aws.attachPolicies(role, { ...more, managedQuota: 11 })).not.toThrow();
  });

  test("allow what any of them allows", async () => {
    const { aws, config } = await actUnderRole();
    const update: Statement = { Effect: "Allow", Action: ["ecs:UpdateService"], Resource: [serviceArn] };
    aws.attachPolicies(role, { inline: policy(200), managed: [policy(200), [update]] });

    const failure = await failureOf(
      new ECSClient(config).send(new UpdateServiceCommand({ cluster: "shop", service: "api" })),
    );

    expect(failure).toMatchObject({ name: "ClusterNotFoundException" });
  });
});

describe("a condition on the partition keys of items", () => {
  const tableArn = "arn:aws:dynamodb:us-east-1:111122223333:table/ledger";
  const item = (pk: string) => ({ pk: { S: pk }, sk: { S: "1" } });
  const query = (pk: string) => ({
    TableName: "ledger",
    KeyConditionExpression: "#partition = :pk AND sk = :sk",
    ExpressionAttributeNames: { "#partition": "pk" },
    ExpressionAttributeValues: { ":pk": { S: pk }, ":sk": { S: "1" } },
  });
  const put = (pk: string) => ({ PutRequest: { Item: item(pk) } });

  async function limitedTo(Condition: Statement["Condition"]) {
    const actions = [
      "PutItem",
      "UpdateItem",
      "DeleteItem",
      "GetItem",
      "Query",
      "BatchWriteItem",
      "BatchGetItem",
      "Scan",
    ];
    const { aws, config } = await actUnderRole({
      Action: actions.map((action) => `dynamodb:${action}`),
      Resource: [tableArn],
      ...(Condition && { Condition }),
    });
    await new DynamoDBClient(aws.clientConfig()).send(
      new CreateTableCommand({
        TableName: "ledger",
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
        AttributeDefinitions: ["pk", "sk"].map((AttributeName) => ({ AttributeName, AttributeType: "S" as const })),
      }),
    );
    const client = new DynamoDBClient(config);
    return async (pk: string, ...more: string[]) => {
      const TableName = "ledger";
      const answers = await Promise.allSettled([
        client.send(new PutItemCommand({ TableName, Item: item(pk) })),
        client.send(new UpdateItemCommand({ TableName, Key: item(pk) })),
        client.send(new GetItemCommand({ TableName, Key: item(pk) })),
        client.send(new QueryCommand(query(pk))),
        client.send(new BatchWriteItemCommand({ RequestItems: { ledger: [pk, ...more].map(put) } })),
        client.send(new BatchGetItemCommand({ RequestItems: { ledger: { Keys: [pk, ...more].map(item) } } })),
        client.send(new DeleteItemCommand({ TableName, Key: item(pk) })),
      ]);
      return answers.map((answer) => (answer.status === "fulfilled" ? "allowed" : answer.reason.name));
    };
  }
  const all = (outcome: string) => Array.from({ length: 7 }, () => outcome);

  test("allows the keys that it names, whatever the operation", async () => {
    const use = await limitedTo({ "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["acme/*#*", "agenda"] } });

    expect(await use("acme/shop#staging", "agenda")).toEqual(all("allowed"));
    expect(await use("acme/shop")).toEqual(all("AccessDeniedException"));
  });

  test("refuses a batch with one key that it does not name", async () => {
    const use = await limitedTo({ "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["agenda"] } });

    const outcomes = await use("agenda", "reconcile");
    expect(outcomes.filter((outcome) => outcome === "AccessDeniedException")).toHaveLength(2);
  });

  test("allows what is like one pattern and not like another", async () => {
    const use = await limitedTo({
      "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["*/*"] },
      "ForAllValues:StringNotLike": { "dynamodb:LeadingKeys": ["*#*"] },
    });

    expect(await use("acme/shop")).toEqual(all("allowed"));
    for (const pk of ["acme/shop#staging", "configuration#acme/shop", "agenda"]) {
      expect(await use(pk)).toEqual(all("AccessDeniedException"));
    }
  });

  test("needs a set operator, because the key has several values", async () => {
    const use = await limitedTo({ StringEquals: { "dynamodb:LeadingKeys": ["agenda"] } });

    expect(await use("agenda")).toEqual(all("AccessDeniedException"));
  });
});
