import { expect, test } from "vitest";
import { configurationOf } from "../config/configuration.fixture.ts";
import { keepImages } from "./keep-images.ts";

const { images, environments } = configurationOf({
  images: {
    web: { context: ".", paths: ["**"], repository: "shop/web" },
    api: { context: ".", paths: ["**"], repository: "shop/api" },
  },
  environments: {
    staging: {
      on: { branch: "main" },
      cluster: "shop",
      services: {
        web: { service: "web", containers: { nginx: "web" } },
        api: { service: "api", containers: { app: "api" } },
        worker: { service: "worker", containers: { app: "api" } },
      },
    },
  },
});
const environment = environments["staging"];
if (environment === undefined) throw new Error("the configuration has no staging");
const policy = { images, environment };
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const released = {
  image: "web",
  repositoryUri: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/web",
  digest: digest("1"),
};

function registry(...gone: string[]) {
  const kept: string[] = [];
  return {
    kept,
    keep: (repository: string, wanted: string) => {
      if (gone.includes(wanted)) return Promise.resolve(false);
      kept.push(`${repository}@${wanted}`);
      return Promise.resolve(true);
    },
  };
}

test("keeps new and running images, each once, and none of unconfigured containers", async () => {
  const images = registry();
  await keepImages(
    images,
    [released],
    {
      web: { digests: { nginx: digest("1"), sidecar: digest("9") }, desiredCount: 1 },
      api: { digests: { app: digest("2") }, desiredCount: 1 },
      worker: { digests: { app: digest("2") }, desiredCount: 0 },
    },
    policy,
  );

  expect(images.kept).toEqual([`shop/web@${digest("1")}`, `shop/api@${digest("2")}`]);
});

test("rejects a release whose image no longer exists, before any change", async () => {
  await expect(keepImages(registry(digest("1")), [released], {}, policy)).rejects.toMatchObject({
    name: "RejectedError",
    code: "IMAGE_NOT_FOUND",
  });
});

test("ignores running images of another registry", async () => {
  const images = registry(digest("2"));
  await keepImages(images, [], { api: { digests: { app: digest("2") }, desiredCount: 1 } }, policy);

  expect(images.kept).toEqual([]);
});
