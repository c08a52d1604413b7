import { describe, expect, test } from "vitest";
import shipped from "../../examples/shop/lockmaster.config.ts";
import { cacheRules, imageRules } from "@lockmaster/installation/images/lifecycle.ts";
import { named } from "./named.ts";
import { ofType } from "./resources.ts";
import { synth } from "./synth.ts";

const repositoriesOf = (recording: Awaited<ReturnType<typeof synth>>) =>
  ofType(recording, "ecr/repository:Repository").map(({ inputs }) => String(inputs["name"]));

describe("with default settings", async () => {
  const recorded = await synth();

  test("each image has a repository and a cache repository", () => {
    expect(repositoriesOf(recorded).toSorted()).toEqual([
      "shop/backend",
      "shop/backend-cache",
      "shop/frontend",
      "shop/frontend-cache",
    ]);
  });

  test("tags of images are immutable, and images are scanned", () => {
    expect(named(recorded, "ecr/repository:Repository", "shop/backend")).toMatchObject({
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfigurations: [{ encryptionType: "AES256" }],
    });
    expect(named(recorded, "ecr/repository:Repository", "shop/backend-cache")).toMatchObject({
      imageTagMutability: "MUTABLE",
      imageScanningConfiguration: { scanOnPush: false },
    });
  });

  test("each repository has its lifecycle rules", () => {
    const rules = (name: string): unknown =>
      JSON.parse(String(named(recorded, "ecr/lifecyclePolicy:LifecyclePolicy", name, "repository")["policy"]));

    expect(rules("shop/backend")).toEqual({ rules: imageRules(30) });
    expect(rules("shop/backend-cache")).toEqual({ rules: cacheRules() });
  });

  test("other accounts cannot pull, and the account's scanning setting is unchanged", () => {
    expect(ofType(recorded, "ecr/repositoryPolicy:RepositoryPolicy")).toEqual([]);
    expect(ofType(recorded, "ecr/registryScanningConfiguration:RegistryScanningConfiguration")).toEqual([]);
  });
});

test("uninstalling keeps production's images and deletes those of other stages", async () => {
  const [production, staging] = await Promise.all([synth({ stage: "production" }), synth()]);
  const fates = (recording: typeof staging) =>
    ofType(recording, "ecr/repository:Repository").map(({ inputs, options }) =>
      [inputs["forceDelete"] === true ? "emptied" : "", options.retainOnDelete ? "kept" : "deleted"].join(" ").trim(),
    );

  expect(new Set(fates(production))).toEqual(new Set(["kept"]));
  expect(new Set(fates(staging))).toEqual(new Set(["emptied deleted"]));
});

describe("with Inspector and an existing repository", async () => {
  const recorded = await synth({
    configuration: {
      ...shipped,
      installation: { scanning: "enhanced", registries: { existing: ["shop/backend"] } },
    },
  });

  test("an existing repository gets neither settings nor lifecycle rules", () => {
    expect(repositoriesOf(recorded).toSorted()).toEqual(["shop/frontend", "shop/frontend-cache"]);
    expect(ofType(recorded, "ecr/lifecyclePolicy:LifecyclePolicy")).toHaveLength(2);
  });

  test("the account's scanning covers image repositories but no caches, and replaces scans on push", () => {
    const scanning = ofType(recorded, "ecr/registryScanningConfiguration:RegistryScanningConfiguration");

    expect(scanning.map(({ inputs }) => inputs)).toMatchObject([
      {
        scanType: "ENHANCED",
        // Without a wildcard they would also match shop/frontend-cache, whose scans cost money.
        rules: [{ repositoryFilters: [{ filter: "*shop/frontend" }, { filter: "*shop/backend" }] }],
      },
    ]);
    expect(named(recorded, "ecr/repository:Repository", "shop/frontend")).toMatchObject({
      imageScanningConfiguration: { scanOnPush: false },
    });
  });
});

test("only the roles of tasks in another account can pull the images that they run", async () => {
  const shop = shipped.repositories["acme/shop"];
  const production = shop?.environments["production"];
  if (shop === undefined || production === undefined) throw new Error("The demonstration shop has no production");
  const recorded = await synth({
    configuration: {
      repositories: {
        "acme/shop": {
          ...shop,
          environments: {
            ...shop.environments,
            production: {
              ...production,
              account: { role: "arn:aws:iam::444455556666:role/lockmaster" },
              services: { frontend: { service: "frontend", containers: { web: "frontend" } } },
            },
          },
        },
      },
    },
  });

  const [policy, ...others] = ofType(recorded, "ecr/repositoryPolicy:RepositoryPolicy");
  expect(others).toEqual([]);
  expect(policy?.inputs["repository"]).toBe("shop/frontend");
  expect(JSON.parse(String(policy?.inputs["policy"])).Statement).toEqual([
    {
      Effect: "Allow",
      Principal: { AWS: ["arn:aws:iam::444455556666:root"] },
      Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      Condition: {
        ArnLike: {
          "aws:PrincipalArn": [
            "arn:aws:iam::444455556666:role/shop-production-frontend-task",
            "arn:aws:iam::444455556666:role/shop-production-frontend-execution",
          ],
        },
      },
    },
  ]);
});
