import { CreateRepositoryCommand, DescribeImagesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { type LocalAws, simulatedImage, startLocalAws } from "@lockmaster/local-aws";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { clientOptions } from "../lib/client-options.ts";
import { ecrKeptImages } from "./kept-images.ts";

const repository = "shop/backend";
const image = (salt: string) =>
  simulatedImage({ revision: "a".repeat(40), created: new Date(0), sizeBytes: 1_000_000, salt });
let calls: string[] = [];
let aws: LocalAws;
let client: ECRClient;

beforeAll(async () => {
  aws = await startLocalAws({ observe: ({ call }) => calls.push(call.operation) });
  client = new ECRClient({ ...clientOptions(), ...aws.clientConfig() });
  await client.send(new CreateRepositoryCommand({ repositoryName: repository, imageTagMutability: "IMMUTABLE" }));
});

beforeEach(() => {
  calls = [];
});

afterAll(async () => {
  client.destroy();
  await aws.close();
});

test("keeps an image by its own tag, next to the commit's", async () => {
  const { digest } = aws.images.push({ repository, tags: ["commit"], ...image("one") });

  expect(await ecrKeptImages(client).keep(repository, digest)).toBe(true);

  const { imageDetails } = await client.send(
    new DescribeImagesCommand({ repositoryName: repository, imageIds: [{ imageDigest: digest }] }),
  );
  expect(imageDetails?.[0]?.imageTags?.toSorted()).toEqual(["commit", `released-${digest.slice("sha256:".length)}`]);
});

test("only reads an image that is already kept", async () => {
  const { digest } = aws.images.push({ repository, tags: ["another"], ...image("two") });
  await ecrKeptImages(client).keep(repository, digest);
  calls = [];

  expect(await ecrKeptImages(client).keep(repository, digest)).toBe(true);
  expect(calls).toEqual(["BatchGetImage"]);
});

test("returns false for a deleted image", async () => {
  expect(await ecrKeptImages(client).keep(repository, `sha256:${"0".repeat(64)}`)).toBe(false);
});

test("rejects a deleted repository with AWS's message", async () => {
  await expect(ecrKeptImages(client).keep("shop/none", `sha256:${"0".repeat(64)}`)).rejects.toMatchObject({
    name: "RejectedError",
    message: expect.stringContaining("RepositoryNotFound"),
  });
});
