import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import { describe, expect, test } from "vitest";
import { sizeOf } from "../permissions/role-policies.ts";
import { deployerPolicies } from "./policies.ts";

const site = { partition: "aws", region: "ap-southeast-2", account: "111122223333", prefix: "lockmaster-production" };

/** One GitHub repository with 50 images for each of the names. */
function installation(owners: readonly string[], existing: readonly string[] = []): Configuration {
  const numbers = Array.from({ length: 50 }, (_, index) => index + 1);
  const repositories = owners.map((owner) => {
    const images = numbers.map((number) => [
      `image-${number}`,
      { context: ".", paths: ["**"], repository: `${owner}/image-${number}` },
    ]);
    const containers = Object.fromEntries(numbers.map((number) => [`c${number}`, `image-${number}`]));
    const environment = { on: { branch: "main" }, cluster: owner, services: { web: { service: "web", containers } } };
    return [`acme/${owner}`, { images: Object.fromEntries(images), environments: { staging: environment } }];
  });
  return validateConfiguration({
    repositories: Object.fromEntries(repositories),
    installation: { registries: { existing } },
  });
}

const repositoriesIn = (configuration: Configuration): string[] => {
  const { inline, managed } = deployerPolicies(site, configuration);
  return [...inline, ...managed.flat()]
    .filter(({ Action }) => Action.some((action) => action.startsWith("ecr:")))
    .flatMap(({ Resource }) => Resource)
    .filter((resource) => resource.includes(":repository/"))
    .map((resource) => resource.replace(/^.*:repository\//, ""));
};

describe("the deployer's policies", () => {
  test.each([1, 2, 5])(
    "name every image repository that %i GitHub repositories own, and reach no other one",
    (count) => {
      const owners = Array.from({ length: count }, (_, index) => `team-${index}`);
      const owned = owners.flatMap((owner) =>
        Array.from({ length: 50 }, (_, index) => [
          `${owner}/image-${index + 1}`,
          `${owner}/image-${index + 1}-cache`,
        ]).flat(),
      );
      expect(repositoriesIn(installation(owners)).toSorted()).toEqual(owned.toSorted());
    },
  );

  test("reach no repository that exists already, nor its cache", () => {
    const found = repositoriesIn(installation(["shop"], ["shop/image-7"]));
    expect(found).toHaveLength(98);
    expect(found).not.toContain("shop/image-7");
    expect(found).not.toContain("shop/image-7-cache");
  });

  test("fit into IAM's quotas", () => {
    const { inline, managed } = deployerPolicies(site, installation(["a", "b", "c", "d", "e"]));
    expect(sizeOf(inline)).toBeLessThanOrEqual(10_240);
    expect(managed.length).toBeLessThanOrEqual(10);
    for (const statements of managed) expect(sizeOf(statements)).toBeLessThanOrEqual(6_144);
  });

  test("are refused with a remedy where IAM has no room, and not widened", () => {
    const owners = Array.from({ length: 20 }, (_, index) => `team-${index}`);
    expect(() => deployerPolicies(site, installation(owners))).toThrow(
      /IAM permits 10 for a role: .*registries\.existing/,
    );
  });
});
