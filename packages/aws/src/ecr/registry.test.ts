import { BatchGetImageCommand, CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import { type LocalAws, startLocalAws } from "@lockmaster/local-aws";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clientOptions } from "../lib/client-options.ts";
import { ecrRegistry } from "./registry.ts";

const digest = `sha256:${"1".repeat(64)}`;
let aws: LocalAws;
let client: ECRClient;

beforeAll(async () => {
  aws = await startLocalAws();
  client = new ECRClient({ ...clientOptions(), ...aws.clientConfig() });
  await client.send(new CreateRepositoryCommand({ repositoryName: "shop/backend" }));
});

afterAll(async () => {
  client.destroy();
  await aws.close();
});

test("returns the URI of a repository", async () => {
  expect(await ecrRegistry(client).repositoryUri("shop/backend")).toBe(
    "111122223333.dkr.ecr.us-east-1.amazonaws.com/shop/backend",
  );
});

test("rejects a missing repository, naming it and its cache", async () => {
  await expect(ecrRegistry(client).repositoryUri("shop/none")).rejects.toMatchObject({
    name: "RejectedError",
    message: expect.stringMatching(/ECR repository shop\/none,.*shop\/none-cache/),
  });
});

test("does not find an image that was never pushed", async () => {
  expect(await ecrRegistry(client).hasImage("shop/backend", digest)).toBe(false);
});

test("finds an image or index when the registry returns its digest", async () => {
  const mocked = new ECRClient({ region: "us-east-1" });
  const answers = mockClient(mocked);
  answers.on(BatchGetImageCommand).resolves({ images: [{ imageId: { imageDigest: digest } }] });

  expect(await ecrRegistry(mocked).hasImage("shop/backend", digest)).toBe(true);
  expect(answers.commandCalls(BatchGetImageCommand)[0]?.args[0].input.acceptedMediaTypes).toContain(
    "application/vnd.oci.image.index.v1+json",
  );
});
