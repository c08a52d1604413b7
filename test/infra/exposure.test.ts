import * as v from "valibot";
import { expect, test } from "vitest";
import { namesOf } from "@lockmaster/installation/topology/names.ts";
import { functions } from "@lockmaster/installation/topology/topology.ts";
import { inputsOf, ofType, Role } from "./resources.ts";
import { synth } from "./synth.ts";

const recording = await synth({ stage: "production" });
const names = namesOf("lockmaster-production");

test("only the webhook's function has a URL: without IAM authorisation, because it verifies signatures, and without CORS", () => {
  const urls = inputsOf(recording, "lambda/functionUrl:FunctionUrl", v.looseObject({}));
  expect(urls).toEqual([
    { functionName: names.function("webhook"), authorizationType: "NONE", invokeMode: "BUFFERED" },
  ]);
  expect(Object.entries(functions).filter(([, description]) => "publicUrl" in description)).toHaveLength(1);
});

test("anyone can invoke the webhook's function through its URL, and no other function", () => {
  const open = inputsOf(
    recording,
    "lambda/permission:Permission",
    v.looseObject({ principal: v.string(), sourceArn: v.optional(v.string()) }),
  ).filter(({ sourceArn }) => sourceArn === undefined);
  expect(open).toEqual([
    expect.objectContaining({
      action: "lambda:InvokeFunctionUrl",
      function: names.function("webhook"),
      functionUrlAuthType: "NONE",
      principal: "*",
    }),
    expect.objectContaining({
      action: "lambda:InvokeFunction",
      function: names.function("webhook"),
      invokedViaFunctionUrl: true,
      principal: "*",
    }),
  ]);
});

test("each role trusts one AWS service", () => {
  const principals = inputsOf(recording, "iam/role:Role", Role)
    .flatMap(({ assumeRolePolicy }) => assumeRolePolicy.Statement)
    .map(({ Principal }) => JSON.stringify(Principal));
  expect([...new Set(principals)].sort()).toEqual([
    '{"Service":["codebuild.amazonaws.com"]}',
    '{"Service":["lambda.amazonaws.com"]}',
    '{"Service":["states.amazonaws.com"]}',
  ]);
});

test("no other resource policy is public", () => {
  const policies = recording.resources.filter(
    ({ type, inputs }) => type !== "aws:iam/role:Role" && typeof inputs["policy"] === "string",
  );
  expect(policies.length).toBeGreaterThan(1);
  const open = policies.filter(({ inputs }) => /"(?:AWS|Principal)":\[?"\*"/.test(String(inputs["policy"])));
  expect(open.map(({ name }) => name)).toEqual([]);
});

test("secret values are only in Secrets Manager", () => {
  const holders = recording.resources.filter(({ inputs }) => JSON.stringify(inputs).includes('{"secret":true}'));
  expect(holders.map(({ type }) => type)).toEqual(["aws:secretsmanager/secretVersion:SecretVersion"]);
  expect(JSON.stringify(recording.resources)).not.toContain("made-up-by-random");
});

test("the generated secret keeps its own staging label and is not generated again after changes", () => {
  const [version] = ofType(recording, "secretsmanager/secretVersion:SecretVersion");
  expect(version?.inputs["versionStages"]).toEqual(["AWSCURRENT", "made-by-deployment"]);
  expect(version?.options.ignoreChanges.toSorted()).toEqual(["secretString", "versionStages"]);
});

test("a stage has only resources of these types: a new type needs its own tests", () => {
  const types = new Set(recording.resources.map(({ type }) => type));
  expect([...types].sort()).toEqual([
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:codebuild/project:Project",
    "aws:codeconnections/connection:Connection",
    "aws:dynamodb/table:Table",
    "aws:dynamodb/tableItem:TableItem",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:ecr/repository:Repository",
    "aws:iam/role:Role",
    "aws:lambda/function:Function",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    "aws:lambda/functionUrl:FunctionUrl",
    "aws:lambda/permission:Permission",
    // The bundles, in SST's bucket.
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws:secretsmanager/secret:Secret",
    "aws:secretsmanager/secretVersion:SecretVersion",
    "aws:sfn/stateMachine:StateMachine",
    "aws:sns/topic:Topic",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sqs/queue:Queue",
    "aws:sqs/queuePolicy:QueuePolicy",
    "pulumi:pulumi:Stack",
    // Every SST function creates one for resource links, which are not used.
    "random:index/randomBytes:RandomBytes",
    "random:index/randomPassword:RandomPassword",
    "sst:aws:Function",
    "sst:sst:LinkRef",
  ]);
});
