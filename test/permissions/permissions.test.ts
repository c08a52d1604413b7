import { demonstrationFile, readConfigurationFile } from "@lockmaster/cli/lib/configuration-file.ts";
import type { Grant } from "@lockmaster/local-aws";
import { expect, test } from "vitest";
import { namesOf } from "@lockmaster/installation/topology/names.ts";
import { permissions } from "@lockmaster/installation/permissions/permissions.ts";
import { resolve, resolveForRole } from "@lockmaster/installation/permissions/policy.ts";
import type { Scope } from "@lockmaster/installation/permissions/resource-arns.ts";
import { functionNames, type FunctionName } from "@lockmaster/installation/topology/topology.ts";
import { demanding, opener, stagingRole, type Where } from "./demanding-shop.ts";
import { exercises, exercisesInAnotherAccount } from "./exercises.ts";
import { together, usageOf } from "./usage.ts";

const place = { partition: "aws", region: "us-east-1", account: "111122223333", prefix: "lockmaster" };

const of020 = "only functions of version 0.2.0 use it: test/upgrade";

/** Allowed, though no exercise uses it; each with the reason. */
const unused: Readonly<Record<string, string>> = {
  "planRelease: dynamodb:PutItem on identities": "the webhook records a repository's id before it starts a release",
  "planRelease: dynamodb:PutItem on builds": of020,
  "startBuild: dynamodb:PutItem on builds": of020,
  "acquireLock: dynamodb:PutItem on environments": of020,
  "snapshotServices: dynamodb:PutItem on environments": of020,
  "snapshotServices: states:SendTaskSuccess on *":
    "an outdated release gives the lock back: another one must have come to wait within the seconds that it was held",
  "finishRelease: dynamodb:PutItem on environments": of020,
  "reconcile: dynamodb:PutItem on reconcile": "a delivery must have failed, and no exercise has GitHub's credentials",
};

async function scopeOf(where: Where): Promise<Scope> {
  return { ...place, configuration: demanding(await readConfigurationFile(demonstrationFile), where) };
}

test("functions use all that they are allowed", async () => {
  const grants: Grant[] = [];
  const note = (grant: Grant): void => void grants.push(grant);
  for (const run of Object.values(exercises)) await run(opener("Lockmaster's account", note));
  for (const run of Object.values(exercisesInAnotherAccount)) await run(opener("another account", note));

  const [sameAccount, otherAccount] = [await scopeOf("Lockmaster's account"), await scopeOf("another account")];
  const usageOfFunction = (name: FunctionName) => {
    const functionName = namesOf(place.prefix).function(name);
    const own = grants.filter(({ caller }) => caller.kind === "function" && caller.functionName === functionName);
    return [
      usageOf(name, resolve(permissions[name], sameAccount), own),
      usageOf(name, resolve(permissions[name], otherAccount), own),
      usageOf(name, resolveForRole(permissions[name], otherAccount, stagingRole), own),
    ];
  };
  const underRole = grants.filter(({ role }) => role === stagingRole);
  const all = Object.values(permissions).flat();
  const { allowed, used } = together([
    ...functionNames.flatMap(usageOfFunction),
    usageOf("environment role", resolveForRole(all, otherAccount, stagingRole), underRole),
  ]);
  expect([...allowed].filter((one) => !used.has(one))).toEqual(Object.keys(unused));
});
