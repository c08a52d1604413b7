import { createHash } from "node:crypto";
import { createServer } from "node:http";
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  ECRClient,
  GetDownloadUrlForLayerCommand,
} from "@aws-sdk/client-ecr";
import { attestedImage, type LocalAws, simulatedImage, startLocalAws } from "@lockmaster/local-aws";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { clientOptions } from "../lib/client-options.ts";
import { ecrManifests } from "./manifests.ts";

const repository = "shop/backend";
const missing = `sha256:${"0".repeat(64)}`;
const description = {
  revision: "a".repeat(40),
  created: new Date("2026-01-05T09:00:00Z"),
  sizeBytes: 40_000_000,
  salt: "1",
};
let aws: LocalAws;
let client: ECRClient;

beforeAll(async () => {
  aws = await startLocalAws();
  client = new ECRClient({ ...clientOptions(), ...aws.clientConfig() });
  await client.send(new CreateRepositoryCommand({ repositoryName: repository }));
});

afterAll(async () => {
  client.destroy();
  await aws.close();
});

const sha256 = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

test("reads manifest and configuration of an image as they were pushed", async () => {
  const { digest } = aws.images.push({ repository, tags: ["v1"], ...simulatedImage(description) });
  const manifests = ecrManifests(client);

  const manifest = await manifests.readManifest(repository, digest);
  if (manifest.kind !== "image") throw new Error("An image was pushed, and no index");
  const bytes = [manifest.config, ...manifest.layers].reduce((sum, { size }) => sum + size, 0);
  expect(bytes).toBe(description.sizeBytes);
  expect(await manifests.readImageConfig(repository, manifest.config.digest)).toEqual({
    platform: { os: "linux", architecture: "arm64" },
    user: "10001:10001",
    entrypoint: ["/app/server"],
    command: [],
    labels: expect.objectContaining({ "org.opencontainers.image.revision": description.revision }),
  });
});

test("reads an index as an index, unconverted", async () => {
  const { images, index } = attestedImage({ ...description, salt: "2" });
  for (const image of images) aws.images.push({ repository, tags: [], ...image });
  const { digest } = aws.images.push({ repository, tags: ["v2"], manifest: index });

  const manifest = await ecrManifests(client).readManifest(repository, digest);
  expect(manifest).toMatchObject({ kind: "index", digest });
});

describe("rejects", () => {
  test("a missing image", async () => {
    await expect(ecrManifests(client).readManifest(repository, missing)).rejects.toMatchObject({
      name: "RejectedError",
      code: "IMAGE_NOT_FOUND",
      message: expect.stringContaining(missing),
    });
  });

  test("a missing repository", async () => {
    await expect(ecrManifests(client).readManifest("shop/none", missing)).rejects.toMatchObject({
      code: "IMAGE_NOT_FOUND",
      message: expect.stringContaining("shop/none"),
    });
  });

  test("a missing configuration", async () => {
    await expect(ecrManifests(client).readImageConfig(repository, missing)).rejects.toMatchObject({
      code: "IMAGE_NOT_FOUND",
    });
  });

  test("a manifest of another digest than requested", async () => {
    const mocked = new ECRClient({ region: "us-east-1" });
    mockClient(mocked)
      .on(BatchGetImageCommand)
      .resolves({ images: [{ imageManifest: "{}", imageManifestMediaType: "application/json" }] });
    await expect(ecrManifests(mocked).readManifest(repository, missing)).rejects.toMatchObject({
      code: "IMAGE_UNREADABLE",
    });
  });

  test("a configuration that is too large", async () => {
    const salt = "x".repeat(5 * 1024 * 1024);
    const image = simulatedImage({ ...description, labels: { salt }, salt: "3" });
    aws.images.push({ repository, tags: ["v3"], ...image });
    await expect(ecrManifests(client).readImageConfig(repository, sha256(image.config))).rejects.toMatchObject({
      code: "IMAGE_UNREADABLE",
      message: expect.stringContaining("larger than"),
    });
  });
});

test.each([
  { name: "a URL that has expired", status: 403 },
  { name: "a bucket that is unavailable", status: 503 },
])("retries with another download URL after $name", async ({ status }) => {
  const server = createServer((_, response) => response.writeHead(status).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("The server has no port");
  const mocked = new ECRClient({ region: "us-east-1" });
  mockClient(mocked)
    .on(GetDownloadUrlForLayerCommand)
    .resolves({ downloadUrl: `http://127.0.0.1:${address.port}/?X-Amz-Signature=secret` });

  const failure = await ecrManifests(mocked)
    .readImageConfig(repository, missing)
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: "RetryableError", code: "AWS_UNAVAILABLE" });
  expect(String(failure)).toContain(`status ${status}`);
  expect(String(failure)).not.toContain("secret");
});
