import { createServer } from "node:http";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CodeBuildClient } from "@aws-sdk/client-codebuild";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SFNClient } from "@aws-sdk/client-sfn";
import { STSClient } from "@aws-sdk/client-sts";
import { expect, onTestFinished, test } from "vitest";
import { cloudwatchAlarms } from "../cloudwatch/alarms.ts";
import { codebuildBuilds, codebuildStarter } from "../codebuild/builds.ts";
import { ecrKeptImages } from "../ecr/kept-images.ts";
import { ecrManifests } from "../ecr/manifests.ts";
import { ecrRegistry } from "../ecr/registry.ts";
import { ecrScanFindings } from "../ecr/scan-findings.ts";
import { ecrVersionTags } from "../ecr/version-tags.ts";
import { ecsInspection } from "../ecs/services.ts";
import { ecsTaskDefinitions } from "../ecs/task-definitions.ts";
import { ecsTasks } from "../ecs/tasks.ts";
import { eventbridgeEvents } from "../events/domain-events.ts";
import { ledgerTable } from "../ledger/table.ts";
import { secretsManagerSecrets } from "../secretsmanager/secrets.ts";
import { executionStarter, executionStatus } from "../stepfunctions/executions.ts";
import { callerArn } from "../sts/caller.ts";
import { assumedRole } from "../sts/sessions.ts";

/** Options of a client whose every call is answered with status 200 and this body. */
async function answering(body: string) {
  const server = createServer((_, response) => response.writeHead(200).end(body)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
  };
}

const build = { project: "p", sha: "a".repeat(40), idempotencyToken: "t", timeoutMinutes: 5, environment: {} };

test.each(["", "{}", "<html>busy</html>"])(
  "an answer with status 200 is retried if it lacks its content: %j",
  async (body) => {
    const options = await answering(body);
    const execution = "arn:aws:states:us-east-1:111122223333:execution:m:e";
    const input = {
      kind: "rollback",
      repository: "acme/shop",
      environment: "staging",
      to: "previous",
      requestedBy: { kind: "lockmaster" },
      requestedAt: "2026-11-21T12:00:00Z",
    } as const;
    const calls = [
      executionStarter(new SFNClient(options), "arn:aws:states:us-east-1:111122223333:stateMachine:m").start(
        "e",
        input,
      ),
      executionStatus(new SFNClient(options)).describe(execution),
      secretsManagerSecrets(new SecretsManagerClient(options)).find("shop/credentials"),
      ecsInspection(new ECSClient(options)).inspect("c", [{ service: "web" }]),
      ecsTasks(new ECSClient(options)).describe("c", "arn:aws:ecs:us-east-1:111122223333:task/c/1"),
      ecsTasks(new ECSClient(options)).startedBy("c", "lockmaster"),
      codebuildBuilds(new CodeBuildClient(options)).recent("p"),
      codebuildBuilds(new CodeBuildClient(options)).describe("p:1"),
      ecrVersionTags(new ECRClient(options)).digestOf("shop/backend", "v1.0.0"),
      ecrKeptImages(new ECRClient(options)).keep("shop/backend", `sha256:${"a".repeat(64)}`),
      callerArn(options),
      codebuildStarter(new CodeBuildClient(options)).start(build),
      ecrRegistry(new ECRClient(options)).repositoryUri("shop/backend"),
      ecsTaskDefinitions(new ECSClient(options)).register({ family: "web", containerDefinitions: [] }),
    ];
    const expected = { name: "RetryableError", code: "AWS_UNAVAILABLE" };
    await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(expected)));
    const publish = eventbridgeEvents(new EventBridgeClient(options)).publish("Release Succeeded", {});
    await expect(publish).rejects.toMatchObject({ name: "SideEffectError", code: "EVENT_NOT_PUBLISHED" });
  },
);

/** The beginnings of answers in JSON and XML, as the fault `unreadable` of the local AWS cuts them off. */
test.each(['{"executionA', '{"Item":{"pk', "<AssumeRoleR"])(
  "an answer with status 200 that is cut off is retried: %s",
  async (body) => {
    const options = await answering(body);
    const digest = `sha256:${"a".repeat(64)}`;
    const calls = [
      ledgerTable(new DynamoDBClient(options), "ledger").get({ pk: "p", sk: "s" }, (item) => item),
      cloudwatchAlarms(() => new CloudWatchClient(options)).describe(["errors"]),
      codebuildStarter(new CodeBuildClient(options)).start(build),
      codebuildBuilds(new CodeBuildClient(options)).describe("p:1"),
      ecrManifests(new ECRClient(options)).readManifest("shop/backend", digest),
      ecrScanFindings(new ECRClient(options)).readScan("shop/backend", digest),
      ecsInspection(new ECSClient(options)).inspect("c", [{ service: "web" }]),
      executionStatus(new SFNClient(options)).describe("arn:aws:states:us-east-1:111122223333:execution:m:e"),
      secretsManagerSecrets(new SecretsManagerClient(options)).find("shop/credentials"),
      callerArn(options),
      assumedRole(new STSClient(options), { role: "arn:aws:iam::111122223333:role/shop", name: "shop" })(),
    ];
    const expected = { name: "RetryableError", code: "AWS_UNAVAILABLE" };
    await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(expected)));
  },
);
