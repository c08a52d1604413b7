import * as v from "valibot";
import { describe, expect, test } from "vitest";
import shipped from "../../examples/shop/lockmaster.config.ts";
import { prefixOf } from "@lockmaster/installation/topology/names.ts";
import { requireSupported } from "@lockmaster/installation/topology/partition.ts";
import type { RecordedResource, Recording } from "./recorded.ts";
import { ofType, Role } from "./resources.ts";
import { synth } from "./synth.ts";

const [staging, production] = await Promise.all([synth({ stage: "staging" }), synth({ stage: "production" })]);

/** Resources by type and name, without the stage's own name. */
function byName({ resources }: Recording, stage: string): Map<string, RecordedResource> {
  return new Map(
    resources.map(({ type, name, inputs, options }) => {
      const text = JSON.stringify({ inputs, options }).replaceAll(`lockmaster-${stage}`, "lockmaster-STAGE");
      return [`${type} ${name.replace(stage, "STAGE")}`, { type, name, ...JSON.parse(text) }];
    }),
  );
}

/** Paths at which two values differ. */
function differences(one: unknown, other: unknown, path: string): string[] {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) {
    return Object.is(one, other) ? [] : [path];
  }
  const [left, right] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) =>
    differences(left.get(key), right.get(key), `${path}.${key}`),
  );
}

test("production differs from other stages only in protection", () => {
  const [stagings, productions] = [byName(staging, "staging"), byName(production, "production")];
  expect([...productions.keys()].sort()).toEqual([...stagings.keys()].sort());
  const found = [...productions].flatMap(([key, { inputs, options }]) =>
    differences(
      { inputs, options },
      { inputs: stagings.get(key)?.inputs, options: stagings.get(key)?.options },
      key.slice(key.indexOf(" ") + 1).replace(/^Registry-.+/, "Registry"),
    ),
  );
  expect([...new Set(found)].sort()).toEqual([
    "GithubCredentials.inputs.recoveryWindowInDays",
    "Ledger.inputs.deletionProtectionEnabled",
    "Ledger.options.retainOnDelete",
    "Registry.inputs.forceDelete",
    "Registry.options.retainOnDelete",
    "WebhookSecret.inputs.recoveryWindowInDays",
  ]);
});

describe("production", () => {
  test("is protected from removal", () => {
    expect(production.app).toMatchObject({ protect: true, removal: "retain" });
    expect(staging.app).toMatchObject({ protect: false, removal: "remove" });
  });

  test("never deletes its ledger", () => {
    expect(ofType(production, "dynamodb/table:Table")).toMatchObject([
      {
        inputs: { deletionProtectionEnabled: true, pointInTimeRecovery: { enabled: true } },
        options: { retainOnDelete: true },
      },
    ]);
  });
});

describe("an installation's settings", async () => {
  const permissionsBoundary = "arn:aws:iam::111122223333:policy/boundary";
  const installation = {
    name: "shipping",
    tags: { team: "platform" },
    permissionsBoundary,
    deployer: { repository: "acme/lockmaster" },
  };
  const configured = await synth({ configuration: { ...shipped, installation } });

  test("apply the permissions boundary to every role, including a workload's", async () => {
    const workload = { network: { nat: "instance" as const } };
    const all = await synth({ configuration: { ...shipped, installation: { ...installation, workload } } });
    // Existing roles that are only read have no trust policy here.
    const made = ofType(all, "iam/role:Role").filter(({ inputs }) => inputs["assumeRolePolicy"] !== undefined);
    const roles = made.map(({ inputs }) => v.parse(Role, inputs));
    const names = roles.map(({ name }) => name);
    for (const kind of ["deployer", "nat", "release"]) expect(names).toContain(`shipping-staging-${kind}`);
    for (const kind of ["execution", "task"]) expect(names).toContain(`shop-production-worker-${kind}`);
    expect(roles.filter((role) => role.permissionsBoundary !== permissionsBoundary).map(({ name }) => name)).toEqual(
      [],
    );
  });

  test("tag every resource", () => {
    expect(configured.app).toMatchObject({ providers: { aws: { defaultTags: { tags: { team: "platform" } } } } });
  });

  test("are the beginning of every name that can be chosen", () => {
    const names = configured.resources.flatMap(({ inputs }) =>
      typeof inputs["name"] === "string" ? inputs["name"] : [],
    );
    const foreign = names.filter((name) => !name.includes("shipping-staging"));
    expect(foreign.filter((name) => !name.startsWith("shop/"))).toEqual([]);
  });
});

test("an unsupported partition is refused before anything is created", () => {
  expect(() => requireSupported("aws", "eu-central-1")).not.toThrow();
  for (const partition of ["aws-cn", "aws-us-gov"]) {
    expect(() => requireSupported(partition, "some-region-1")).toThrow(/some-region-1.*Choose a region/);
  }
});

describe("the name prefix", () => {
  test.each(["staging", "production", "pr-17"])("accepts the stage %s", (stage) => {
    expect(prefixOf("lockmaster", stage)).toBe(`lockmaster-${stage}`);
  });

  test.each(["Production", "a--b", "a-", "x".repeat(40)])("refuses the stage %s", (stage) => {
    expect(() => prefixOf("lockmaster", stage)).toThrow("choose a stage");
  });
});
