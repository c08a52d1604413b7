import { isCovered } from "@lockmaster/core/config/coverage.ts";
import { configurationOf } from "@lockmaster/core/config/configuration.fixture.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { TaskDefinitionNames } from "@lockmaster/core/config/task-definitions.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import { type Demand, matcherOf, passRole } from "@lockmaster/local-aws";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { permissions } from "./permissions.ts";
import { environmentRoleStatements, statementsOf } from "./policy.ts";
import type { Scope } from "./resource-arns.ts";

const site = { partition: "aws", region: "us-east-1", account: "111122223333", prefix: "lockmaster-production" };
const role = "arn:aws:iam::444455556666:role/lockmaster-environment";

/** The requests that AWS authorises, or could authorise, for a name. */
const demands: Record<keyof TaskDefinitionNames, (account: string, name: string) => Demand[]> = {
  families: (account, name) =>
    [name, `${name}:*`, `${name}:1`].map((resource) => ({
      action: "ecs:RegisterTaskDefinition",
      resource: `arn:aws:ecs:us-east-1:${account}:task-definition/${resource}`,
    })),
  roles: (account, name) => [passRole(`arn:aws:iam::${account}:role/${name}`, "ecs-tasks.amazonaws.com")],
  logGroups: (account, name) => [
    {
      action: "logs:GetLogEvents",
      resource: `arn:aws:logs:us-east-1:${account}:log-group:${name}:log-stream:ecs/api/0a1b`,
    },
  ],
};

/** Few characters, so that names often have a common beginning; dots and plus signs have a meaning in other pattern languages. */
const texts = {
  families: fc.stringMatching(/^[ab_-]{1,4}$/),
  roles: fc.stringMatching(/^[ab.+]{1,2}(?:\/[ab.+]{1,2}){0,2}$/),
  logGroups: fc.stringMatching(/^[/ab.#]{1,4}$/),
} satisfies Record<keyof TaskDefinitionNames, fc.Arbitrary<string>>;

function configurationWith(
  field: keyof TaskDefinitionNames,
  patterns: string[],
  inOtherAccount: boolean,
): Configuration {
  const shop = configurationOf({
    images: { app: { context: ".", paths: ["**"], repository: "shop/app" } },
    environments: {
      staging: {
        on: { branch: "main" },
        cluster: "shop",
        services: { app: { service: "app", containers: { app: "app" } } },
        taskDefinitions: { [field]: patterns },
        ...(inOtherAccount && { account: { role } }),
      },
    },
  });
  return validateConfiguration({ repositories: { "acme/shop": shop } });
}

function allows(scope: Scope, inOtherAccount: boolean, all: Demand[]): boolean {
  const statements = inOtherAccount
    ? environmentRoleStatements(Object.values(permissions).flat(), scope, role)
    : [...statementsOf(permissions.deployService, scope), ...statementsOf(permissions.checkHealth, scope)];
  return all.every((demand) => statements.some((statement) => matcherOf(statement)(demand)));
}

describe.each(["families", "roles", "logGroups"] as const)("%s", (field) => {
  const pattern = (name: fc.Arbitrary<string>) =>
    fc.tuple(name, fc.constantFrom("", "*")).map((parts) => parts.join(""));
  /** Mostly a name that one of the patterns is made of, or a continuation of it. */
  const cases = texts[field].chain((own) =>
    fc.record({
      patterns: fc.uniqueArray(pattern(fc.oneof(fc.constant(own), texts[field])), { minLength: 1, maxLength: 3 }),
      name: fc.oneof(fc.constantFrom(own, `${own}a`, `${own}aa`), texts[field]),
      inOtherAccount: fc.boolean(),
    }),
  );

  test("are covered if and only if AWS allows the call under the policies", () => {
    fc.assert(
      fc.property(cases, ({ patterns, name, inOtherAccount }) => {
        const scope = { ...site, configuration: configurationWith(field, patterns, inOtherAccount) };
        const demand = demands[field](inOtherAccount ? "444455556666" : site.account, name);
        expect(isCovered(patterns, name)).toBe(allows(scope, inOtherAccount, demand));
      }),
    );
  });
});
