/** The webhook as it is deployed, over HTTP: what its composition must get right and tests of its parts cannot show. */
import { createHmac } from "node:crypto";
import { fileURLToPath } from "node:url";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CreateStateMachineCommand, ListExecutionsCommand, SFNClient } from "@aws-sdk/client-sfn";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { storedConfigurations } from "@lockmaster/core/config/stored.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import { createLedger } from "@lockmaster/installation/topology/ledger-table.ts";
import { type LocalAws, noLatency, startLocalAws } from "@lockmaster/local-aws";
import * as v from "valibot";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { functions } from "@lockmaster/installation/topology/topology.ts";
import shipped from "../examples/shop/lockmaster.config.ts";

const secret = "current secret";
const stateMachine = "release";

let aws: LocalAws;
let dynamodb: DynamoDBClient;
let secrets: SecretsManagerClient;
let sfn: SFNClient;
let logs: CloudWatchLogsClient;
/** An operation that succeeds and whose answer is lost. */
let broken: string | undefined;

/** What the function called, since the test began. */
let calls: string[];

beforeEach(async () => {
  broken = undefined;
  calls = [];
  aws = await startLocalAws({
    latency: noLatency,
    around: async ({ service, operation }, run) => {
      calls.push(`${service}:${operation}`);
      const answer = await run();
      if (`${service}:${operation}` === broken) throw new Error("the connection breaks");
      return answer;
    },
  });
  dynamodb = new DynamoDBClient(aws.clientConfig());
  secrets = new SecretsManagerClient(aws.clientConfig());
  sfn = new SFNClient(aws.clientConfig());
  logs = new CloudWatchLogsClient(aws.clientConfig());
  await createLedger(dynamodb, "ledger");
  const ledger = dynamodbLedger(dynamodb, "ledger");
  for (const stored of storedConfigurations(validateConfiguration(shipped))) await ledger.putConfiguration(stored);
  await secrets.send(new CreateSecretCommand({ Name: "webhook", SecretString: secret }));
  // The executions only wait, so that the tests need no other part of a release.
  const definition = { StartAt: "Wait", States: { Wait: { Type: "Wait", Seconds: 3600, End: true } } };
  const { stateMachineArn = "" } = await sfn.send(
    new CreateStateMachineCommand({
      name: stateMachine,
      definition: JSON.stringify(definition),
      roleArn: `arn:aws:iam::${aws.accountId}:role/release`,
    }),
  );
  const { timeoutSeconds, memoryMegabytes } = functions.webhook;
  aws.lambda.register("webhook", {
    file: fileURLToPath(new URL("webhook.ts", import.meta.url)),
    timeoutSeconds,
    memoryMegabytes,
    publicUrl: true,
    environment: {
      LEDGER_TABLE: "ledger",
      STATE_MACHINE_ARN: stateMachineArn,
      WEBHOOK_SECRET_ID: "webhook",
      BUILD_PROJECT_PREFIX: "lockmaster-",
      METRIC_NAMESPACE: "Lockmaster/test",
    },
  });
});

beforeEach(() => {
  calls = [];
});

afterEach(async () => {
  for (const client of [dynamodb, secrets, sfn, logs]) client.destroy();
  await aws.close();
});

const push = JSON.stringify({
  ref: "refs/heads/main",
  after: "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
  deleted: false,
  head_commit: { id: "6113728f27ae82c7b1a177c8d03f9e96e0adf246", message: "Sell größere tulips" },
  repository: { full_name: "acme/shop", pushed_at: 1_763_726_400 },
  sender: { login: "octocat" },
});

async function post(body: string, change: Record<string, string> = {}): Promise<{ status: number; body: unknown }> {
  const response = await fetch(aws.urls.function("webhook"), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": "push",
      "x-github-delivery": "delivery-1",
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
      ...change,
    },
    body,
  });
  return { status: response.status, body: await response.json() };
}

const signedWith = (key: string, body: string) => ({
  "x-hub-signature-256": `sha256=${createHmac("sha256", key).update(body).digest("hex")}`,
});

/** The log lines from which CloudWatch makes the metric of the alarm. */
async function unprocessed(): Promise<unknown[]> {
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: "/aws/lambda/webhook" }));
  return events.flatMap(({ message = "" }) => {
    if (!message.includes("UnprocessedDeliveries")) return [];
    const { delivery, UnprocessedDeliveries } = v.parse(Unprocessed, JSON.parse(message));
    return [{ delivery, UnprocessedDeliveries }];
  });
}

const Unprocessed = v.object({ delivery: v.string(), UnprocessedDeliveries: v.number() });

async function executionNames(): Promise<(string | undefined)[]> {
  const stateMachineArn = `arn:aws:states:${aws.region}:${aws.accountId}:stateMachine:${stateMachine}`;
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
  return executions.map(({ name }) => name);
}

describe("the webhook", () => {
  test("starts an execution for a signed push", async () => {
    const answer = await post(push);
    expect(answer).toMatchObject({ status: 202, body: { executions: [{ environment: "staging", started: true }] } });
    expect(await executionNames()).toEqual([expect.stringMatching(/^shop-staging-[0-9a-f]{32}$/)]);
  });

  test("starts one execution for twenty simultaneous deliveries of a push", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(push)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(await executionNames()).toHaveLength(1);
  });

  test("checks the signature over the bytes when Lambda passes them in base64", async () => {
    expect(await post(push, { "content-type": "application/octet-stream" })).toMatchObject({ status: 202 });
  });

  test("rejects a forged signature", async () => {
    const forged = `sha256=${createHmac("sha256", "a guess").update(push).digest("hex")}`;
    expect(await post(push, { "x-hub-signature-256": forged })).toMatchObject({ status: 401 });
    expect(await executionNames()).toEqual([]);
  });

  test("accepts the previous secret after it was replaced", async () => {
    await secrets.send(new PutSecretValueCommand({ SecretId: "webhook", SecretString: "new" }));
    expect(await post(push)).toMatchObject({ status: 202 });
  });

  test("reads the secret once for many deliveries, and accepts a new secret at once", async () => {
    for (let count = 0; count < 20; count += 1) expect(await post(push)).toMatchObject({ status: 202 });
    expect(calls.filter((call) => call === "secretsmanager:GetSecretValue")).toHaveLength(1);

    await secrets.send(new PutSecretValueCommand({ SecretId: "webhook", SecretString: "new" }));
    expect(await post(push, signedWith("new", push))).toMatchObject({ status: 202 });
    expect(await post(push)).toMatchObject({ status: 202 });
  });

  test.each<[string, string, Record<string, string>]>([
    ["no signature", push, { "x-hub-signature-256": "" }],
    ["a signature that is none", push, { "x-hub-signature-256": `sha256=${"0".repeat(63)}` }],
    ["a signature by SHA-1 alone", push, { "x-hub-signature-256": "", "x-hub-signature": `sha1=${"0".repeat(40)}` }],
    ["an empty body", "", { "x-hub-signature-256": `sha256=${"0".repeat(64)}` }],
  ])("calls nothing in AWS for a delivery with %s", async (_, body, headers) => {
    for (let count = 0; count < 20; count += 1) expect(await post(body, headers)).toMatchObject({ status: 401 });
    expect(calls).toEqual([]);
  });

  test(
    "calls Secrets Manager twice for a thousand forged deliveries, and nothing else",
    { timeout: 60_000 },
    async () => {
      const forged = { "x-hub-signature-256": `sha256=${"0".repeat(64)}` };
      for (let count = 0; count < 1_000; count += 1) expect(await post(push, forged)).toMatchObject({ status: 401 });
      // The current secret and the previous one.
      expect(calls).toEqual(["secretsmanager:GetSecretValue", "secretsmanager:GetSecretValue"]);
    },
  );

  test("rejects a signed body larger than five mebibytes, and names the delivery that is lost", async () => {
    const body = " ".repeat(5 * 1024 * 1024 + 1);
    const delivery = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
    expect(await post(body, { "x-hub-signature-256": `sha256=${"0".repeat(64)}` })).toMatchObject({ status: 401 });
    expect(await unprocessed()).toEqual([]);

    expect(await post(body, { "x-github-delivery": delivery })).toMatchObject({
      status: 413,
      body: { error: expect.stringMatching(/5242881 bytes.*start the release by hand/) },
    });
    expect(await unprocessed()).toEqual([{ delivery, UnprocessedDeliveries: 1 }]);
  });

  test.each(["dynamodb:GetItem", "states:StartExecution", "secretsmanager:GetSecretValue"])(
    "answers 500 when %s gets no answer, and succeeds when GitHub delivers again",
    async (operation) => {
      broken = operation;
      expect(await post(push)).toMatchObject({
        status: 500,
        body: { error: expect.stringContaining("send it again") },
      });
      expect(await unprocessed()).toEqual([{ delivery: "delivery-1", UnprocessedDeliveries: 1 }]);
      expect((await executionNames()).length).toBeLessThanOrEqual(1);

      broken = undefined;
      expect(await post(push)).toMatchObject({ status: 202 });
      expect(await executionNames()).toHaveLength(1);
    },
  );
});
