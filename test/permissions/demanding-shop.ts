/** The demonstration shop with every feature of environments in use, in Lockmaster's account or in another one. */
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { Grant, ScenarioInput } from "@lockmaster/local-aws";
import { commits, openScenario, type Shop } from "../scenarios/shop.fixture.ts";

export const repository = "acme/shop";
/** The role of staging in another account. */
export const stagingRole = "arn:aws:iam::444455556666:role/lockmaster-environment";
/** Changes the frontend only, after `better`. */
export const last = "d".repeat(40);

const token = "github_pat_11AAAAAAA0example";
const alarm = { name: "shop-errors", state: "OK" } as const;
const migrate = { name: "migrate", service: "backend", container: "api", command: ["./migrate"], deadlineMinutes: 15 };

const { first, good, bad, better } = commits;
const everything = ["backend/main.go", "frontend/index.html"];
const history = [
  { repository, sha: first, files: everything },
  { repository, sha: good, parent: first, files: everything },
  { repository, sha: bad, parent: good, files: everything },
  { repository, sha: better, parent: bad, files: everything },
  { repository, sha: last, parent: better, files: ["frontend/index.html"] },
];

export type Open = (scenario?: ScenarioInput) => Promise<Shop>;
export type Where = "Lockmaster's account" | "another account";

/** Opens the shop with tasks and alarms. @param onGrant called for every permission that a function uses */
export const opener =
  (where: Where, onGrant: (grant: Grant) => void): Open =>
  (scenario = {}) =>
    openScenario(
      { ...scenario, alarms: [alarm], github: { tokens: [{ token, repositories: [repository] }], commits: history } },
      {
        configure: (configuration) => demanding(configuration, where),
        onGrant,
        githubCredentials: JSON.stringify({ token }),
      },
    );

/** Tasks before and after the deployment, and alarms, in every environment; staging can be in another account and region. */
export function demanding(configuration: Configuration, where: Where): Configuration {
  const shop = configuration.repositories[repository];
  if (shop === undefined) throw new Error("There is no demonstration shop");
  const environments = Object.entries(shop.environments).map(([name, environment]) => [
    name,
    {
      ...environment,
      health: { ...environment.health, alarms: [alarm.name] },
      tasks: { before: [migrate], after: [{ ...migrate, name: "smoke" }] },
      ...(where === "another account" &&
        name === "staging" && { account: { role: stagingRole, region: "eu-central-1" } }),
    },
  ]);
  return {
    ...configuration,
    repositories: { [repository]: { ...shop, environments: Object.fromEntries(environments) } },
  };
}
