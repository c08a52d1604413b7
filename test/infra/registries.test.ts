import { describe, expect, test } from "vitest";
import shipped from "../../lockmaster.config.ts";
import { cacheRules, imageRules } from "@lockmaster/installation/images/lifecycle.ts";
import { named } from "./named.ts";
import { ofType } from "./resources.ts";
import { synth } from "./synth.ts";

const repositoriesOf = (recording: Awaited<ReturnType<typeof synth>>) =>
  ofType(recording, "ecr/repository:Repository").map(({ inputs }) => String(inputs["name"]));

describe("as it comes", async () => {
  const recorded = await synth();

  test("each image has a repository, and beside it one for its cache", () => {
    expect(repositoriesOf(recorded).toSorted()).toEqual([
      "shop/backend",
      "shop/backend-cache",
      "shop/frontend",
      "shop/frontend-cache",
    ]);
  });

  test("a tag of an image means the same image for ever, and each is scanned", () => {
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

  test("each has its lifecycle rules", () => {
    const rules = (name: string): unknown =>
      JSON.parse(String(named(recorded, "ecr/lifecyclePolicy:LifecyclePolicy", name, "repository")["policy"]));

    expect(rules("shop/backend")).toEqual({ rules: imageRules(30) });
    expect(rules("shop/backend-cache")).toEqual({ rules: cacheRules() });
  });

  test("nobody outside the account can pull, and the account's scanning is left alone", () => {
    expect(ofType(recorded, "ecr/repositoryPolicy:RepositoryPolicy")).toEqual([]);
    expect(ofType(recorded, "ecr/registryScanningConfiguration:RegistryScanningConfiguration")).toEqual([]);
  });
});

test("production's images outlive Lockmaster, those of a stage to try things in do not", async () => {
  const [production, staging] = await Promise.all([synth({ stage: "production" }), synth()]);
  const fates = (recording: typeof staging) =>
    ofType(recording, "ecr/repository:Repository").map(({ inputs, options }) =>
      [inputs["forceDelete"] === true ? "emptied" : "", options.retainOnDelete ? "kept" : "deleted"].join(" ").trim(),
    );

  expect(new Set(fates(production))).toEqual(new Set(["kept"]));
  expect(new Set(fates(staging))).toEqual(new Set(["emptied deleted"]));
});

describe("scanned by Inspector, beside a repository that exists already", async () => {
  const recorded = await synth({
    configuration: {
      ...shipped,
      installation: { scanning: "enhanced", registries: { existing: ["shop/backend"] } },
    },
  });

  test("what exists is neither created nor cleaned up", () => {
    expect(repositoriesOf(recorded).toSorted()).toEqual(["shop/frontend", "shop/frontend-cache"]);
    expect(ofType(recorded, "ecr/lifecyclePolicy:LifecyclePolicy")).toHaveLength(2);
  });

  test("the account's scanning is set, for every image's repository and no cache's, in place of scans on push", () => {
    const scanning = ofType(recorded, "ecr/registryScanningConfiguration:RegistryScanningConfiguration");

    expect(scanning.map(({ inputs }) => inputs)).toMatchObject([
      {
        scanType: "ENHANCED",
        // Without a wildcard they would take what contains them: shop/frontend-cache, and its scans cost.
        rules: [{ repositoryFilters: [{ filter: "*shop/frontend" }, { filter: "*shop/backend" }] }],
      },
    ]);
    expect(named(recorded, "ecr/repository:Repository", "shop/frontend")).toMatchObject({
      imageScanningConfiguration: { scanOnPush: false },
    });
  });
});

test("tasks in another account may pull the images that they run, and nobody else there", async () => {
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
