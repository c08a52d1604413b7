import { matcherOf } from "@lockmaster/local-aws";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildRole, policiesOf, requireRoom, sizesOfRoles, type SizedRole } from "./installation-roles.ts";
import { largeConfiguration, type LargeInstallation } from "./large-configuration.fixture.ts";
import { sizeOf } from "./role-policies.ts";

const site = { partition: "aws", region: "eu-central-1", account: "111122223333", prefix: "lockmaster-production" };
const scopeOf = (size: LargeInstallation) => ({ ...site, configuration: largeConfiguration(size) });
const largest = (roles: readonly SizedRole[]): number => Math.max(...roles.map(({ size }) => size.characters));

const fits: [string, LargeInstallation, number][] = [
  ["15 environments", { environments: 15 }, 15_947],
  ["60 environments", { environments: 60 }, 59_822],
  ["50 services", { services: 50 }, 45_998],
  ["2 × 50 services", { environments: 2, services: 50, installation: { policiesPerRole: 15 } }, 90_598],
  ["60 × 50 services with a role each", { environments: 60, services: 50, images: 35, ownRoles: site.account }, 55_349],
  [
    "200 × 50 services with a role each",
    { environments: 200, services: 50, images: 50, ownRoles: site.account },
    55_349,
  ],
  ["14 × 50 images", { repositories: 14, services: 50, images: 50, ownRoles: site.account }, 60_456],
];

describe.each(fits)("%s", (_, described, characters) => {
  const scope = scopeOf(described);
  const roles = sizesOfRoles(scope);

  test("fit, as docs/limits.md says", () => {
    expect(() => requireRoom(scope)).not.toThrow();
    expect(largest(roles)).toBe(characters);
  });

  test("are within IAM's quotas in every role", () => {
    for (const { name, size } of roles) {
      expect(sizeOf(size.policies?.inline ?? []), name).toBeLessThanOrEqual(10_240);
      const managed = size.policies?.managed ?? [];
      expect(managed.length, name).toBeLessThanOrEqual(described.installation?.policiesPerRole ?? 10);
      for (const one of managed) expect(sizeOf(one), name).toBeLessThanOrEqual(6144);
    }
  });

  test("allow, split, exactly what they allow whole", () => {
    const split = roles.filter(({ size }) => (size.policies?.managed.length ?? 0) > 0);
    expect(split.length).toBeGreaterThan(0);
    fc.assert(
      fc.property(fc.constantFrom(...split), fc.nat(), fc.boolean(), ({ statements, size }, which, own) => {
        const pieces = [size.policies?.inline ?? [], ...(size.policies?.managed ?? [])].flat();
        const statement = statements[which % statements.length];
        const resources = statement?.Resource ?? "*";
        const resource = (resources === "*" ? "*" : resources[which % resources.length])?.replaceAll("*", "7") ?? "*";
        const clusters = statement?.Condition?.["ArnEquals"]?.["ecs:cluster"] ?? [];
        const demand = {
          action: statement?.Action[which % statement.Action.length] ?? "",
          resource: own ? resource : resource.replace(/\d\d\d(?=\D*$)/, "999"),
          context: {
            "ecs:cluster": clusters[which % clusters.length] ?? "",
            "ecs:CreateAction": "RegisterTaskDefinition",
            "iam:PassedToService": "ecs-tasks.amazonaws.com",
          },
        };
        expect(pieces.some((one) => matcherOf(one)(demand))).toBe(statements.some((one) => matcherOf(one)(demand)));
      }),
    );
  });
});

test("the builds of 50 images fit into the inline policy", () => {
  const scope = scopeOf({ images: 50, services: 50 });
  const { statements } = buildRole("build", "acme/shop-001", scope);
  expect(sizeOf(statements)).toBe(8509);
  expect(policiesOf(buildRole("build", "acme/shop-001", scope), scope.configuration).managed).toEqual([]);
});

describe("what does not fit is refused with the roles, their sizes and what to change", () => {
  test.each<[string, LargeInstallation, RegExp]>([
    [
      "60 × 50 services in Lockmaster's account",
      { environments: 60, services: 50 },
      /8 roles do not fit .*\n {2}lockmaster-production-plan-release: \d+ characters, and IAM has room for 71680: give environments a role of their own \(account\.role/,
    ],
    [
      "2 × 50 services without a raised quota",
      { environments: 2, services: 50 },
      /rollback-service: 90598 characters[^]*set installation\.policiesPerRole to it, at most 25/,
    ],
    [
      "500 repositories",
      { repositories: 500, ownRoles: site.account },
      /start-build: \d+ characters.*move repositories to a further installation/,
    ],
    [
      "a role of 100 services",
      {
        environments: 2,
        services: 50,
        ownRoles: site.account,
        installation: { policiesPerRole: 1 },
      },
      /role\/lockmaster-shop-001-env-001: 55349 characters, and IAM has room for 16384: let fewer environments share/,
    ],
  ])("%s", (_, described, message) => {
    expect(() => requireRoom(scopeOf(described))).toThrow(message);
  });
});
