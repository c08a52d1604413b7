import { join } from "node:path";
import * as v from "valibot";
import { afterEach, describe, expect, test, vi } from "vitest";
import { bundlingOf } from "@lockmaster/installation/topology/bundling.ts";
import { namesOf } from "@lockmaster/installation/topology/names.ts";
import {
  functionNames,
  functions,
  type FunctionDescription,
  type FunctionName,
} from "@lockmaster/installation/topology/topology.ts";
import { inputsOf, roleOf } from "./resources.ts";
import { synth } from "./synth.ts";

const recording = await synth();
const names = namesOf("lockmaster-staging");

const Lambda = v.object({
  name: v.string(),
  role: v.string(),
  architectures: v.array(v.string()),
  runtime: v.string(),
  handler: v.string(),
  timeout: v.number(),
  memorySize: v.number(),
  publish: v.boolean(),
  environment: v.object({ variables: v.record(v.string(), v.string()) }),
  loggingConfig: v.object({ logFormat: v.string(), logGroup: v.string() }),
  tracingConfig: v.object({ mode: v.string() }),
  reservedConcurrentExecutions: v.optional(v.number()),
});
const lambdas = inputsOf(recording, "lambda/function:Function", Lambda);
const logGroups = inputsOf(
  recording,
  "cloudwatch/logGroup:LogGroup",
  v.object({ name: v.string(), retentionInDays: v.number() }),
);

function lambdaOf(key: FunctionName): v.InferOutput<typeof Lambda> {
  const lambda = lambdas.find(({ name }) => name === names.function(key));
  if (lambda === undefined) throw new Error(`No function was created for ${key}.`);
  return lambda;
}

test("there is exactly one function for each in the topology", () => {
  expect(lambdas.map(({ name }) => name).sort()).toEqual(functionNames.map((key) => names.function(key)).sort());
});

describe.each(functionNames)("%s", (key) => {
  const description: FunctionDescription = functions[key];
  const lambda = lambdaOf(key);

  test("has the topology's settings", () => {
    expect(lambda).toMatchObject({ timeout: description.timeoutSeconds, memorySize: description.memoryMegabytes });
    expect(Object.keys(lambda.environment.variables).sort()).toEqual(Object.keys(description.environment).sort());
  });

  test("runs on Node 24 on arm64, in published versions, without reserved concurrency", () => {
    expect(lambda).toMatchObject({ runtime: "nodejs24.x", architectures: ["arm64"], publish: true });
    expect(lambda.reservedConcurrentExecutions).toBeUndefined();
  });

  test("is bundled with the options of its bundle", () => {
    const builds = recording.builds.filter(({ handler }) => handler === description.file.replace(/\.ts$/, ".handler"));
    const { minify, ...esbuild } = bundlingOf(key);
    expect(builds).toMatchObject([{ runtime: "nodejs24.x", properties: { minify, format: "esm", esbuild } }]);
  });

  test("logs JSON to its own group for the configured time, and traces", () => {
    expect(lambda).toMatchObject({
      loggingConfig: { logFormat: "JSON", logGroup: `/aws/lambda/${lambda.name}` },
      tracingConfig: { mode: "Active" },
    });
    expect(logGroups).toContainEqual({ name: `/aws/lambda/${lambda.name}`, retentionInDays: 90 });
  });

  test("has its own role, which only Lambda can assume", () => {
    const role = roleOf(recording, lambda.name);
    expect(lambda.role).toMatch(new RegExp(`:role/${lambda.name}$`));
    expect(role.assumeRolePolicy.Statement).toEqual([
      { Effect: "Allow", Action: ["sts:AssumeRole"], Principal: { Service: ["lambda.amazonaws.com"] }, Resource: [] },
    ]);
    expect(role.managedPolicyArns).toEqual([]);
  });
});

describe("a function's own schema of its environment", () => {
  afterEach(() => vi.unstubAllEnvs());

  test.each(functionNames)("%s accepts the environment that it is deployed with", async (key) => {
    const { variables } = lambdaOf(key).environment;
    for (const [name, value] of Object.entries({ ...variables, AWS_REGION: "eu-central-1" })) vi.stubEnv(name, value);
    await expect(import(join(import.meta.dirname, "..", "..", functions[key].file))).resolves.toHaveProperty("handler");
  });

  test("refuses a missing variable, so the test above can fail", async () => {
    vi.resetModules();
    await expect(import("../../functions/acquire-lock.ts")).rejects.toThrow(/missing or invalid: .*LEDGER_TABLE/);
  });
});
