import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand,
  type ImageTagMutability,
  ListImagesCommand,
  PutImageCommand,
} from "@aws-sdk/client-ecr";
import { describe, expect, it } from "vitest";
import { failureOf } from "../../protocol/wire.fixture.ts";
import { accountId, image, push, repositoryName, sha256, startEcr } from "./ecr.fixture.ts";

const index = "application/vnd.oci.image.index.v1+json";
const notFoundMessage = (id: string) =>
  `The image with imageId {${id}} does not exist within the repository with name '${repositoryName}' in the registry with id '${accountId}'`;

describe("an image", () => {
  it("is described after it was pushed, and found by tag and digest", async () => {
    const world = await startEcr();
    const pushed = push(world, "v1");
    const expected = {
      registryId: accountId,
      repositoryName,
      imageDigest: pushed.digest,
      imageTags: ["v1"],
      imageSizeInBytes: 48_000_000,
      imagePushedAt: new Date(world.clock.now()),
      imageManifestMediaType: "application/vnd.oci.image.manifest.v1+json",
      artifactMediaType: "application/vnd.oci.image.config.v1+json",
      imageStatus: "ACTIVE",
    };
    for (const id of [
      { imageTag: "v1" },
      { imageDigest: pushed.digest },
      { imageTag: "v1", imageDigest: pushed.digest },
    ]) {
      const { imageDetails } = await world.ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [id] }));
      expect(imageDetails).toEqual([expected]);
    }
    expect(world.images.find(repositoryName, "v1")).toEqual(pushed);
    expect(world.images.find(repositoryName, pushed.digest)?.revision).toBe("0".repeat(40));
  });

  it("has a manifest whose hash is its digest and which names its configuration", async () => {
    const world = await startEcr();
    const { config } = image("v1");
    const { digest } = push(world, "v1");
    const imageIds = [{ imageTag: "v1" }];
    const { images = [] } = await world.ecr.send(new BatchGetImageCommand({ repositoryName, imageIds }));
    const [{ imageManifest = "" } = {}] = images;
    expect(sha256(imageManifest)).toBe(digest);
    expect(JSON.parse(imageManifest)).toMatchObject({ config: { digest: sha256(config) } });
  });

  it.each([
    [{ imageTag: "v2" }, "imageDigest:'null', imageTag:'v2'"],
    [{ imageDigest: `sha256:${"0".repeat(64)}` }, `imageDigest:'sha256:${"0".repeat(64)}', imageTag:'null'`],
  ])("that does not exist is refused with AWS's message: %j", async (id, words) => {
    const { ecr } = await startEcr();
    const failure = await failureOf(ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [id] })));
    expect(failure).toMatchObject({ name: "ImageNotFoundException", message: notFoundMessage(words) });
  });

  it("causes an event when it is pushed", async () => {
    const world = await startEcr();
    const { digest } = push(world, "v1");
    expect(world.events).toEqual([
      {
        source: "aws.ecr",
        detailType: "ECR Image Action",
        resources: [],
        detail: {
          result: "SUCCESS",
          "repository-name": repositoryName,
          "image-digest": digest,
          "action-type": "PUSH",
          "image-tag": "v1",
        },
      },
    ]);
  });
});

describe("lists", () => {
  it("are filtered by tag status", async () => {
    const world = await startEcr();
    push(world, "v1");
    const { digest } = world.images.push({ repository: repositoryName, tags: [], ...image("untagged") });
    const filtered = async (tagStatus: "TAGGED" | "UNTAGGED" | "ANY") => {
      const input = { repositoryName, filter: { tagStatus } };
      const described = (await world.ecr.send(new DescribeImagesCommand(input))).imageDetails ?? [];
      const listed = (await world.ecr.send(new ListImagesCommand(input))).imageIds ?? [];
      expect(listed.map(({ imageDigest }) => imageDigest)).toEqual(described.map(({ imageDigest }) => imageDigest));
      return listed.length;
    };
    expect(await filtered("TAGGED")).toBe(1);
    expect(await filtered("ANY")).toBe(2);
    expect(await filtered("UNTAGGED")).toBe(1);
    const untagged = await world.ecr.send(new ListImagesCommand({ repositoryName, filter: { tagStatus: "UNTAGGED" } }));
    expect(untagged.imageIds).toEqual([{ imageDigest: digest }]);
  });

  it("have pages", async () => {
    const world = await startEcr();
    const tags = ["v1", "v2", "v3"];
    for (const tag of tags) push(world, tag);
    const seen: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const command = new DescribeImagesCommand({
        repositoryName,
        maxResults: 2,
        ...(nextToken !== undefined && { nextToken }),
      });
      const page = await world.ecr.send(command);
      expect(page.imageDetails?.length).toBeLessThanOrEqual(2);
      seen.push(...(page.imageDetails ?? []).map(({ imageTags }) => imageTags?.[0]));
      ({ nextToken } = page);
    } while (nextToken !== undefined);
    expect(seen).toEqual(tags);
  });

  it.each([
    { maxResults: 0 },
    { maxResults: 1001 },
    { nextToken: "?" },
    { maxResults: 1, imageIds: [{ imageTag: "v1" }] },
  ])("refuse %j", async (input) => {
    const { ecr } = await startEcr();
    const failure = await failureOf(ecr.send(new DescribeImagesCommand({ repositoryName, ...input })));
    expect(failure).toMatchObject({ name: "InvalidParameterException" });
  });
});

describe("BatchGetImage", () => {
  it("returns the images that exist, and a failure for each other id", async () => {
    const world = await startEcr();
    const { digest } = push(world, "v1");
    const imageIds = [
      { imageTag: "v1" },
      { imageTag: "v2" },
      {},
      { imageDigest: "nonsense" },
      { imageTag: "v1", imageDigest: push(world, "v3").digest },
    ];
    const { images, failures } = await world.ecr.send(new BatchGetImageCommand({ repositoryName, imageIds }));
    expect(images?.map(({ imageId }) => imageId)).toEqual([{ imageTag: "v1", imageDigest: digest }]);
    expect(failures?.map(({ failureCode }) => failureCode)).toEqual([
      "ImageNotFound",
      "MissingDigestAndTag",
      "InvalidImageDigest",
      "ImageTagDoesNotMatchDigest",
    ]);
  });

  it("returns NotInLocalAws where AWS converts a manifest", async () => {
    const world = await startEcr();
    push(world, "v1");
    const acceptedMediaTypes = ["application/vnd.docker.distribution.manifest.v2+json"];
    const command = new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: "v1" }], acceptedMediaTypes });
    expect(await failureOf(world.ecr.send(command))).toMatchObject({ name: "NotInLocalAws" });
  });
});

describe("PutImage", () => {
  it("adds a tag to an image without changing its digest", async () => {
    const world = await startEcr();
    const { digest } = push(world, "v1");
    const imageManifest = image("v1").manifest;
    const command = new PutImageCommand({ repositoryName, imageManifest, imageTag: "release", imageDigest: digest });
    const answer = await world.ecr.send(command);
    expect(answer.image).toMatchObject({ imageId: { imageDigest: digest, imageTag: "release" }, imageManifest });
    expect(world.images.find(repositoryName, "release")?.tags).toEqual(["v1", "release"]);
  });

  it("moves a tag of a mutable repository", async () => {
    const world = await startEcr("MUTABLE");
    const before = push(world, "main", "1");
    const after = push(world, "main", "2");
    expect(world.images.find(repositoryName, "main")?.digest).toBe(after.digest);
    expect(world.images.find(repositoryName, before.digest)?.tags).toEqual([]);
  });

  it("refuses to push the same image under the same tag again", async () => {
    const world = await startEcr("MUTABLE");
    const { digest } = push(world, "main");
    const command = new PutImageCommand({ repositoryName, imageManifest: image("main").manifest, imageTag: "main" });
    expect(await failureOf(world.ecr.send(command))).toMatchObject({
      name: "ImageAlreadyExistsException",
      message: `Image with digest '${digest}' and tag 'main' already exists in the repository with name '${repositoryName}' in registry with id '${accountId}'`,
    });
  });

  it.each(["v1", "another"])("refuses an existing immutable tag, for the image %s", async (salt) => {
    const world = await startEcr();
    push(world, "v1");
    world.images.push({ repository: repositoryName, tags: ["other"], ...image("another") });
    const command = new PutImageCommand({ repositoryName, imageManifest: image(salt).manifest, imageTag: "v1" });
    expect(await failureOf(world.ecr.send(command))).toMatchObject({
      name: "ImageTagAlreadyExistsException",
      message: `The image tag 'v1' already exists in the '${repositoryName}' repository and cannot be overwritten because the tag is immutable.`,
    });
  });

  it.each<[ImageTagMutability, string, boolean]>([
    ["IMMUTABLE_WITH_EXCLUSION", "cache-1", true],
    ["IMMUTABLE_WITH_EXCLUSION", "v1", false],
    ["MUTABLE_WITH_EXCLUSION", "cache-1", false],
    ["MUTABLE_WITH_EXCLUSION", "v1", true],
  ])("applies exclusion filters: in %s, the tag %s moves: %s", async (imageTagMutability, tag, moves) => {
    const { ecr, images } = await startEcr();
    const imageTagMutabilityExclusionFilters = [{ filterType: "WILDCARD" as const, filter: "cache-*" }];
    const repository = "shop/mixed";
    await ecr.send(
      new CreateRepositoryCommand({
        repositoryName: repository,
        imageTagMutability,
        imageTagMutabilityExclusionFilters,
      }),
    );
    images.push({ repository, tags: [tag], ...image("1") });
    const imageManifest = image("2").manifest;
    images.push({ repository, tags: ["second"], ...image("2") });
    const command = new PutImageCommand({ repositoryName: repository, imageManifest, imageTag: tag });
    const answer = await ecr.send(command).then(
      () => "moved",
      (error: unknown) => (error instanceof Error ? error.name : error),
    );
    expect(answer).toBe(moves ? "moved" : "ImageTagAlreadyExistsException");
  });

  it.each([
    [
      "a digest that does not match the manifest",
      { imageManifest: image("v1").manifest, imageDigest: sha256("?") },
      "ImageDigestDoesNotMatchException",
    ],
    [
      "a manifest whose layers were never uploaded",
      { imageManifest: image("never-pushed").manifest },
      "LayersNotFoundException",
    ],
    [
      "an index whose images do not exist",
      {
        imageManifest: JSON.stringify({
          schemaVersion: 2,
          mediaType: index,
          manifests: [{ mediaType: "application/vnd.oci.image.manifest.v1+json", digest: sha256("?"), size: 1 }],
        }),
      },
      "ReferencedImagesNotFoundException",
    ],
    ["invalid JSON", { imageManifest: "{" }, "InvalidParameterException"],
    ["JSON that is not a manifest", { imageManifest: "{}" }, "InvalidParameterException"],
    [
      "a repository that does not exist",
      { imageManifest: "{}", repositoryName: "gone" },
      "RepositoryNotFoundException",
    ],
  ])("refuses %s", async (_, input, name) => {
    const world = await startEcr();
    push(world, "v1");
    const command = new PutImageCommand({ repositoryName, imageTag: "new", ...input });
    expect(await failureOf(world.ecr.send(command))).toMatchObject({ name });
    expect(world.images.find(repositoryName, "new")).toBeUndefined();
  });

  it("stores an index of existing images", async () => {
    const world = await startEcr();
    const { digest, mediaType } = push(world, "arm64");
    const manifests = [{ mediaType, digest, size: 1 }];
    const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType: index, manifests });
    await world.ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: "v1" }));
    expect(world.images.find(repositoryName, "v1")).toMatchObject({ mediaType: index, sizeBytes: 48_000_000 });
    const removal = new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }] });
    expect((await world.ecr.send(removal)).failures?.[0]?.failureCode).toBe("ImageReferencedByManifestList");
  });
});

describe("BatchDeleteImage", () => {
  it("removes a tag, and with the last tag the image", async () => {
    const world = await startEcr();
    const { digest } = push(world, "v1");
    const imageManifest = image("v1").manifest;
    await world.ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: "v2" }));
    const remove = (imageTag: string) =>
      world.ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag }] }));
    expect((await remove("v1")).imageIds).toEqual([{ imageDigest: digest, imageTag: "v1" }]);
    expect(world.images.find(repositoryName, digest)?.tags).toEqual(["v2"]);
    await remove("v2");
    expect(world.images.find(repositoryName, digest)).toBeUndefined();
    expect((await remove("v2")).failures?.[0]?.failureCode).toBe("ImageNotFound");
  });
});

describe("repositories", () => {
  it("are described with the settings that they were created with", async () => {
    const { ecr, clock } = await startEcr();
    const { repositories } = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }));
    expect(repositories).toEqual([
      {
        repositoryArn: `arn:aws:ecr:us-east-1:${accountId}:repository/${repositoryName}`,
        registryId: accountId,
        repositoryName,
        repositoryUri: `${accountId}.dkr.ecr.us-east-1.amazonaws.com/${repositoryName}`,
        createdAt: new Date(clock.now()),
        imageTagMutability: "IMMUTABLE",
        imageScanningConfiguration: { scanOnPush: false },
        encryptionConfiguration: { encryptionType: "AES256" },
      },
    ]);
  });

  it.each([
    [new CreateRepositoryCommand({ repositoryName }), "RepositoryAlreadyExistsException"],
    [new CreateRepositoryCommand({ repositoryName: "Shop" }), "InvalidParameterException"],
    [
      new CreateRepositoryCommand({ repositoryName: "kms", encryptionConfiguration: { encryptionType: "KMS" } }),
      "NotInLocalAws",
    ],
  ])("are refused: %#", async (command, name) => {
    const { ecr } = await startEcr();
    expect(await failureOf(ecr.send(command))).toMatchObject({ name });
  });

  it.each(["gone", undefined])(
    "that do not exist are refused by name and registry (%s)",
    async (name = repositoryName) => {
      const { ecr } = await startEcr();
      const registryId = name === "gone" ? accountId : "999999999999";
      const command = new DescribeRepositoriesCommand({ repositoryNames: [name], registryId });
      expect(await failureOf(ecr.send(command))).toMatchObject({
        name: "RepositoryNotFoundException",
        message: `The repository with name '${name}' does not exist in the registry with id '${registryId}'`,
      });
    },
  );
});

it("issues a token for docker login that is valid for twelve hours", async () => {
  const { ecr, clock } = await startEcr();
  const { authorizationData = [] } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const [{ authorizationToken = "", expiresAt, proxyEndpoint } = {}] = authorizationData;
  expect(Buffer.from(authorizationToken, "base64").toString()).toMatch(/^AWS:./);
  expect(expiresAt).toEqual(new Date(clock.now() + 12 * 3600 * 1000));
  expect(proxyEndpoint).toBe(`https://${accountId}.dkr.ecr.us-east-1.amazonaws.com`);
});
