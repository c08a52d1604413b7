import { expect, test } from "vitest";
import { largeConfiguration, type LargeInstallation } from "../permissions/large-configuration.fixture.ts";
import { requireReadable } from "./repository-policy.ts";

const site = { partition: "aws", region: "eu-central-1", account: "111122223333", prefix: "lockmaster-production" };
const elsewhere = (size: LargeInstallation) => largeConfiguration({ ...size, ownRoles: "444455556666" });

test("60 environments with one service each in another account may pull an image", () => {
  expect(() => requireReadable(elsewhere({ environments: 60 }), site)).not.toThrow();
});

test("environments with roles in Lockmaster's own account need no policy, however many they are", () => {
  const own = largeConfiguration({ environments: 60, services: 50, ownRoles: site.account });
  expect(() => requireReadable(own, site)).not.toThrow();
});

test("more roles than a repository's policy can name are refused before the deployment, with the repository and its size", () => {
  expect(() => requireReadable(elsewhere({ environments: 2, services: 50 }), site)).toThrow(
    /ECR permits 10240 characters .*\n {2}shop-001\/image-001: \d+ characters for 200 roles of tasks in other accounts\n.*taskDefinitions\.roles/,
  );
});

test("a repository that Lockmaster does not create has the policy of its owner", () => {
  const installation = { registries: { existing: ["shop-001/image-001"] } };
  expect(() => requireReadable(elsewhere({ environments: 2, services: 50, installation }), site)).not.toThrow();
});
