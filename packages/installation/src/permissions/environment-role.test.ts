import { readFileSync } from "node:fs";
import { join } from "node:path";
import { demonstrationFile, readConfigurationFile } from "@lockmaster/cli/lib/configuration-file.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { expect, test } from "vitest";
import { environmentRolePolicies, environmentRoleTrust } from "./environment-role.ts";

const root = join(import.meta.dirname, "../../../..");
const role = "arn:aws:iam::444455556666:role/lockmaster-environment";
const migrate = { name: "migrate", service: "backend", container: "api", command: ["./migrate"], deadlineMinutes: 15 };

/** The demonstration shop with production in another account, with one service, and with every feature in use. */
async function example(): Promise<Configuration> {
  const configuration = await readConfigurationFile(demonstrationFile);
  const shop = configuration.repositories["acme/shop"];
  const production = shop?.environments["production"];
  const backend = production?.services["backend"];
  if (shop === undefined || production === undefined || backend === undefined) throw new Error("The shop has changed");
  const environment = {
    ...production,
    account: { role, region: "eu-central-1" },
    services: { backend },
    tasks: { before: [migrate], after: [] },
    health: { ...production.health, alarms: ["shop-errors"] },
  };
  return { ...configuration, repositories: { "acme/shop": { ...shop, environments: { production: environment } } } };
}

test("docs/accounts.md shows the role that such an environment needs", async () => {
  const site = { partition: "aws", region: "us-east-1", account: "111122223333", prefix: "lockmaster-production" };
  const scope = { ...site, configuration: await example() };
  const [, section = ""] = readFileSync(join(root, "docs/accounts.md"), "utf8").split("## The role\n");
  const [trust = "", policy = ""] = [...section.matchAll(/```json\n([^`]+)```/g)].map(([, block = ""]) => block);
  expect(JSON.parse(trust)).toEqual(environmentRoleTrust(scope, role));
  expect({ policy: JSON.parse(policy), managed: [] }).toEqual(environmentRolePolicies(scope, role));
});
