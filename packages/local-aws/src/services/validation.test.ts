import { describe, expect, test } from "vitest";
import { type Backend, backendOf } from "../protocol/backend.ts";
import type { Answer } from "../protocol/answer.ts";
import { AwsError } from "../protocol/errors.ts";
import { virtualClock } from "../clock/virtual-clock.ts";
import { validatedCloudWatch } from "./cloudwatch/validated.fixture.ts";
import { validatedCodeBuild } from "./codebuild/validated.fixture.ts";
import { validatedConnections } from "./connections/validated.fixture.ts";
import { validatedEcr } from "./ecr/validated.fixture.ts";
import { taskDefinition, validatedEcs } from "./ecs/validated.fixture.ts";
import { validatedEventBridge } from "./eventbridge/validated.fixture.ts";
import { validatedIam } from "./iam/validated.fixture.ts";
import { validatedLambda } from "./lambda/validated.fixture.ts";
import { validatedLogs } from "./logs/validated.fixture.ts";
import { validatedScheduler } from "./scheduler/validated.fixture.ts";
import { validatedSecretsManager } from "./secretsmanager/validated.fixture.ts";
import { validatedServiceQuotas } from "./servicequotas/validated.fixture.ts";
import { validatedSsm } from "./ssm/validated.fixture.ts";
import { validatedStepFunctions } from "./stepfunctions/validated.fixture.ts";
import { validatedSts } from "./sts/validated.fixture.ts";
import { createServices } from "./services.fixture.ts";
import {
  baseOf,
  type Refusable,
  refusableRequests,
  refusalKinds,
  unusedConstraints,
  type Validated,
} from "./validation.fixture.ts";

const services: Readonly<Record<string, Validated>> = {
  codebuild: validatedCodeBuild,
  "codestar-connections": validatedConnections,
  ecr: validatedEcr,
  ecs: validatedEcs,
  events: validatedEventBridge,
  iam: validatedIam,
  lambda: validatedLambda,
  logs: validatedLogs,
  monitoring: validatedCloudWatch,
  scheduler: validatedScheduler,
  secretsmanager: validatedSecretsManager,
  servicequotas: validatedServiceQuotas,
  ssm: validatedSsm,
  states: validatedStepFunctions,
  sts: validatedSts,
};

function open(name: string): Backend {
  const service = createServices(virtualClock()).find((one) => one.name === name);
  if (service === undefined) throw new Error(`There is no service ${name}`);
  return backendOf(service);
}

async function answer(backend: Backend, operation: string, input: object): Promise<Answer> {
  const caller = { kind: "outside", accessKeyId: "AKIATEST" } as const;
  const call = { service: backend.service.name, operation, requestId: "1", caller };
  return await backend.perform(call, bodyOf(backend, input));
}

function bodyOf({ service: { api } }: Backend, input: object): string {
  if (api?.protocol !== "query") return JSON.stringify(input);
  return new URLSearchParams(
    Object.entries(input).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
}

type Refusal = { status: number; error: string; text: string };

async function send(backend: Backend, operation: string, input: object): Promise<Refusal> {
  try {
    const { status, errorName = "no error", body } = await answer(backend, operation, input);
    return { status, error: errorName, text: String(body) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { status: error.status, error: error.name, text: error.message };
  }
}

const typeErrors = ["SerializationException", "MalformedInput"];

/** Whether the answer refuses this request, for its member. */
function isRefused({ kind, member }: Refusable, { status, error, text }: Refusal, errors: readonly string[]): boolean {
  // A structure that is not implemented is refused whatever it contains.
  if (error === "NotInLocalAws") return true;
  if (status < 400 || status >= 500) return false;
  // A text without a limit of its own can be refused for many reasons.
  if (kind === "endless") return true;
  const expected =
    kind === "type" || kind === "fraction" ? typeErrors : kind === "range" ? [...errors, ...typeErrors] : errors;
  const [name = ""] = member.split(".").slice(-1);
  return expected.includes(error) && (kind === "missing" || text.toLowerCase().includes(name.toLowerCase()));
}

test("every service of the local AWS is walked", () => {
  const names = createServices(virtualClock()).map(({ name }) => name);
  expect(Object.keys(services).toSorted()).toEqual(names.toSorted());
});

describe.each(Object.entries(services))("%s", (name, { absent, errors, free, setUp, valid, decimal = [] }) => {
  const { service } = open(name);
  const requests = refusableRequests(service, valid);

  async function prepared(): Promise<Backend> {
    const backend = open(name);
    for (const [operation, request] of setUp) {
      expect(await send(backend, operation, request)).toMatchObject({ status: 200 });
    }
    return backend;
  }

  test("has constraints for members that exist", () => {
    expect(unusedConstraints(service)).toEqual([]);
  });

  test.each(absent)("%s for %j answers %s", async (operation, input, error) => {
    const request = { ...baseOf(service, operation, valid), ...input };
    expect(await send(await prepared(), operation, request)).toMatchObject({ error });
  });

  test("refuses none of the valid requests as invalid", async () => {
    const refused: string[] = [];
    for (const operation of Object.keys(valid)) {
      const { status, error, text } = await send(await prepared(), operation, baseOf(service, operation, valid));
      const isInvalid = [...errors, ...typeErrors, "NotInLocalAws"].includes(error);
      if (status !== 200 && isInvalid) refused.push(`${operation}: ${error} ${text.slice(0, 200)}`);
    }
    expect(refused).toEqual([]);
  });

  const kinds = refusalKinds.filter((kind) => requests.some((request) => request.kind === kind));

  test.each(kinds)("refuses every member that is wrong in its %s", async (kind) => {
    const answered: string[] = [];
    for (const request of requests.filter((one) => one.kind === kind)) {
      const { operation, member, input } = request;
      if (kind === "endless" && free.includes(`${operation}.${member}`)) continue;
      if (kind === "fraction" && decimal.includes(`${operation}.${member}`)) continue;
      const refusal = await send(await prepared(), operation, input);
      if (isRefused(request, refusal, errors)) continue;
      answered.push(`${operation}.${member}: ${refusal.status} ${refusal.error} ${refusal.text.slice(0, 200)}`);
    }
    expect(answered).toEqual([]);
  });
});

const shop = { repositoryName: "shop" };

test.each([
  [
    "ecs",
    "CreateService",
    { serviceName: "shop", deploymentController: { type: "JENKINS" } },
    "InvalidParameterException",
    "type should be one of [CODE_DEPLOY,ECS,EXTERNAL]",
  ],
  [
    "ecs",
    "RegisterTaskDefinition",
    { ...taskDefinition, networkMode: "overlay" },
    "ClientException",
    "networkMode should be one of [awsvpc,bridge,host,none]",
  ],
  ["ecs", "DescribeClusters", { include: ["ALL"] }, "InvalidParameterException", "include should be one of ["],
  ["ecs", "ListTasks", { family: "shop:2" }, "InvalidParameterException", "family must match ^[a-zA-Z0-9\\-_]+$"],
  ["ecs", "RunTask", {}, "InvalidParameterException", "TaskDefinition can not be blank."],
  ["ecs", "DescribeTasks", { tasks: [] }, "InvalidParameterException", "Tasks cannot be empty."],
  [
    "ecr",
    "BatchGetImage",
    { ...shop, imageIds: [] },
    "InvalidParameterException",
    "Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have length greater than or equal to 1'",
  ],
  [
    "ecr",
    "ListImages",
    { ...shop, maxResults: 1001 },
    "InvalidParameterException",
    "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value less than or equal to 1000'",
  ],
  [
    "ecr",
    "DescribeImages",
    { ...shop, imageIds: [{ imageTag: "a b" }] },
    "InvalidParameterException",
    "Invalid parameter at 'imageTag' failed to satisfy constraint: 'must satisfy regular expression '[a-zA-Z0-9-_.]+''",
  ],
])("%s answers %s with %j in AWS's words", async (name, operation, input, error, message) => {
  const { body } = await answer(open(name), operation, input);
  expect(JSON.parse(String(body))).toEqual({
    __type: error,
    message: expect.stringContaining(message),
  });
});
