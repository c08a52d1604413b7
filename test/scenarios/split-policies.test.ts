import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { taskDefinitionsOf } from "@lockmaster/core/config/task-definitions.ts";
import { functionRole, policiesOf } from "@lockmaster/installation/permissions/installation-roles.ts";
import { expect, test } from "vitest";
import { commits, onEveryService, openScenario, reasonOf } from "./shop.fixture.ts";

/** The demonstration, whose task definitions may have so many roles that no inline policy holds their names. */
function withManyRoles(configuration: Configuration): Configuration {
  const shop = configuration.repositories["acme/shop"];
  const staging = shop?.environments["staging"];
  if (shop === undefined || staging === undefined) throw new Error("the demonstration shop has changed");
  const { roles: own, ...names } = taskDefinitionsOf(staging);
  const more = Array.from({ length: 300 }, (_, index) => `a-role-of-the-shop-in-staging-${index}`);
  const taskDefinitions = { families: [...names.families], logGroups: [...names.logGroups], roles: [...more, ...own] };
  return {
    ...configuration,
    repositories: { "acme/shop": { ...shop, environments: { staging: { ...staging, taskDefinitions } } } },
  };
}

const crash = { kind: "crash" as const, afterSeconds: 3, exitCode: 1, log: ["no database"] };

test("releases and rollbacks work with policies that are split over managed ones", async () => {
  const shop = await openScenario(
    { tasks: [{ service: "backend", commit: commits.bad, fate: crash }] },
    { configure: withManyRoles },
  );
  const { aws, configuration } = shop.rehearsal;
  const scope = { partition: "aws", region: aws.region, account: aws.accountId, prefix: "lockmaster", configuration };
  for (const name of ["deployService", "rollbackService"] as const)
    expect(policiesOf(functionRole(name, scope), configuration).managed.length).toBeGreaterThan(1);

  const { execution } = await shop.release(commits.good);
  expect(execution.status, reasonOf(execution)).toBe("SUCCEEDED");
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));

  const { release } = await shop.release(commits.bad);
  expect(await shop.record(release)).toMatchObject({ status: "rolled-back" });
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
});
