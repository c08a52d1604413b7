import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  ECRClient,
  ECRServiceException,
  PutImageCommand,
} from "@aws-sdk/client-ecr";
import { type LocalAws, simulatedImage, startLocalAws } from "@lockmaster/local-aws";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientOptions } from "../lib/client-options.ts";
import { ecrVersionTags } from "./version-tags.ts";

const image = (salt: string) =>
  simulatedImage({ revision: "a".repeat(40), created: new Date(0), sizeBytes: 1_000_000, salt });
let aws: LocalAws;
let client: ECRClient;

beforeAll(async () => {
  aws = await startLocalAws();
  client = new ECRClient({ ...clientOptions(), ...aws.clientConfig() });
});

afterAll(async () => {
  client.destroy();
  await aws.close();
});

describe.each(["MUTABLE", "IMMUTABLE"] as const)("in a repository whose tags are %s", (imageTagMutability) => {
  const repository = `shop/${imageTagMutability.toLowerCase()}`;
  let digest: string;

  beforeAll(async () => {
    await client.send(new CreateRepositoryCommand({ repositoryName: repository, imageTagMutability }));
    ({ digest } = aws.images.push({ repository, tags: ["commit"], ...image("one") }));
    aws.images.push({ repository, tags: ["taken"], ...image("other") });
  });

  test("finds no digest for a missing tag", async () => {
    expect(await ecrVersionTags(client).digestOf(repository, "v0.0.1")).toBeUndefined();
  });

  test("adds a tag to an image, idempotently", async () => {
    const tags = ecrVersionTags(client);
    await tags.put(repository, digest, "v1.0.0");
    await tags.put(repository, digest, "v1.0.0");

    expect(await tags.digestOf(repository, "v1.0.0")).toBe(digest);
    expect(await tags.digestOf(repository, "commit")).toBe(digest);
  });
});

test.each([
  {
    what: "an immutable tag of another image",
    repository: "shop/immutable",
    tag: "taken",
    says: "ImageTagAlreadyExists",
  },
  { what: "a deleted image", repository: "shop/mutable", digest: `sha256:${"0".repeat(64)}`, says: "no longer exists" },
  { what: "a deleted repository", repository: "shop/none", says: "RepositoryNotFound" },
])("rejects $what with the reason", async ({ repository, tag = "v2", digest, says }) => {
  const known = (await ecrVersionTags(client).digestOf("shop/mutable", "commit")) ?? "";
  await expect(ecrVersionTags(client).put(repository, digest ?? known, tag)).rejects.toMatchObject({
    name: "RejectedError",
    code: "VERSION_TAG_NOT_SET",
    message: expect.stringContaining(says),
  });
});

test.each([
  ["throttled", "ThrottlingException", 400],
  ["denied", "AccessDeniedException", 400],
])("retries a tag whose call was %s", async (_, name, httpStatusCode) => {
  const mocked = new ECRClient({ region: "us-east-1" });
  mockClient(mocked)
    .on(BatchGetImageCommand)
    .rejects(new ECRServiceException({ name, $fault: "client", $metadata: { httpStatusCode } }));

  await expect(ecrVersionTags(mocked).put("shop/web", `sha256:${"1".repeat(64)}`, "v1")).rejects.toMatchObject({
    name: "SideEffectError",
    code: "VERSION_TAG_NOT_SET",
  });
});

test("does not put a manifest that ECR converted", async () => {
  const mocked = new ECRClient({ region: "us-east-1" });
  const answers = mockClient(mocked);
  answers.on(BatchGetImageCommand).resolves({ images: [{ imageManifest: "{}" }] });

  await expect(ecrVersionTags(mocked).put("shop/web", `sha256:${"1".repeat(64)}`, "v1")).rejects.toMatchObject({
    code: "VERSION_TAG_NOT_SET",
  });
  expect(answers.commandCalls(PutImageCommand)).toHaveLength(0);
});
