import { isCovered } from "@lockmaster/core/config/coverage.ts";
import { configurationOf } from "@lockmaster/core/config/configuration.fixture.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { TaskDefinitionNames } from "@lockmaster/core/config/task-definitions.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import type { Demand } from "@lockmaster/local-aws/protocol/demand.ts";
import { passRole } from "@lockmaster/local-aws/access/pass-role.ts";
import { matcherOf } from "@lockmaster/local-aws/access/statement.ts";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { permissions } from "./permissions.ts";
import { environmentRoleStatements, statementsOf } from "./policy.ts";
import type { Scope } from "./resource-arns.ts";

const place = { partition: "aws", region: "us-east-1", account: "111122223333", prefix: "lockmaster-production" };
const role = "arn:aws:iam::444455556666:role/lockmaster-environment";

/** What AWS asks a policy about a name. */
const demands: Record<keyof TaskDefinitionNames, (account: string, name: string) => Demand> = {
  families: (account, name) => ({
    action: "ecs:RegisterTaskDefinition",
    resource: `arn:aws:ecs:us-east-1:${account}:task-definition/${name}:*`,
  }),
  roles: (account, name) => passRole(`arn:aws:iam::${account}:role/${name}`, "ecs-tasks.amazonaws.com"),
  logGroups: (account, name) => ({
    action: "logs:GetLogEvents",
    resource: `arn:aws:logs:us-east-1:${account}:log-group:${name}:log-stream:ecs/api/0a1b`,
  }),
};

/** So few signs that names often begin alike; dots and plus signs mean something to other languages of patterns. */
const texts = {
  families: fc.stringMatching(/^[ab_-]{1,4}$/),
  roles: fc.stringMatching(/^[ab.+]{1,2}(?:\/[ab.+]{1,2}){0,2}$/),
  logGroups: fc.stringMatching(/^[/ab.#]{1,4}$/),
} satisfies Record<keyof TaskDefinitionNames, fc.Arbitrary<string>>;

function configurationWith(field: keyof TaskDefinitionNames, patterns: string[], elsewhere: boolean): Configuration {
  const shop = configurationOf({
    images: { app: { context: ".", paths: ["**"], repository: "shop/app" } },
    environments: {
      staging: {
        on: { branch: "main" },
        cluster: "shop",
        services: { app: { service: "app", containers: { app: "app" } } },
        taskDefinitions: { [field]: patterns },
        ...(elsewhere && { account: { role } }),
      },
    },
  });
  return validateConfiguration({ repositories: { "acme/shop": shop } });
}

function allows(scope: Scope, elsewhere: boolean, demand: Demand): boolean {
  const statements = elsewhere
    ? environmentRoleStatements(Object.values(permissions).flat(), scope, role)
    : [...statementsOf(permissions.deployService, scope), ...statementsOf(permissions.checkHealth, scope)];
  return statements.some((statement) => matcherOf(statement)(demand));
}

describe.each(["families", "roles", "logGroups"] as const)("%s", (field) => {
  const pattern = (name: fc.Arbitrary<string>) =>
    fc.tuple(name, fc.constantFrom("", "*")).map((parts) => parts.join(""));
  /** Mostly of a name that is one of the patterns' own, or goes on where it ends. */
  const cases = texts[field].chain((own) =>
    fc.record({
      patterns: fc.uniqueArray(pattern(fc.oneof(fc.constant(own), texts[field])), { minLength: 1, maxLength: 3 }),
      name: fc.oneof(fc.constantFrom(own, `${own}a`, `${own}aa`), texts[field]),
      elsewhere: fc.boolean(),
    }),
  );

  test("are covered when the policies let AWS allow it, and only then", () => {
    fc.assert(
      fc.property(cases, ({ patterns, name, elsewhere }) => {
        const scope = { ...place, configuration: configurationWith(field, patterns, elsewhere) };
        const demand = demands[field](elsewhere ? "444455556666" : place.account, name);
        expect(isCovered(patterns, name)).toBe(allows(scope, elsewhere, demand));
      }),
    );
  });

  test("are allowed when they are covered, also where policies name them by their common beginning", () => {
    fc.assert(
      fc.property(cases, ({ patterns, name, elsewhere }) => {
        fc.pre(isCovered(patterns, name));
        const scope = { ...place, configuration: configurationWith(field, patterns, elsewhere), grouped: true };
        expect(allows(scope, elsewhere, demands[field](elsewhere ? "444455556666" : place.account, name))).toBe(true);
      }),
    );
  });
});
