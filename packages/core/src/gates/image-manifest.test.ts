import { describe, expect, test } from "vitest";
import { parseImageConfig, parseManifest, runnableDigests } from "./image-manifest.ts";

const digest = `sha256:${"a".repeat(64)}`;
const child = (letter: string) => `sha256:${letter.repeat(64)}`;
const oci = "application/vnd.oci.image.manifest.v1+json";
const ociIndex = "application/vnd.oci.image.index.v1+json";
const docker = "application/vnd.docker.distribution.manifest.v2+json";
const dockerList = "application/vnd.docker.distribution.manifest.list.v2+json";

const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: child("c"), size: 2_000 };
const manifest = (configType: string) => ({
  schemaVersion: 2,
  config: { mediaType: configType, digest: child("b"), size: 700 },
  layers: [layer, { ...layer, digest: child("d") }],
});

describe("a manifest", () => {
  test.each([
    { name: "of OCI", mediaType: oci, configType: "application/vnd.oci.image.config.v1+json" },
    { name: "of Docker", mediaType: docker, configType: "application/vnd.docker.container.image.v1+json" },
  ])("$name is read", ({ mediaType, configType }) => {
    const read = parseManifest(JSON.stringify(manifest(configType)), digest, mediaType);
    expect(read).toMatchObject({
      kind: "image",
      digest,
      config: { digest: child("b") },
      layers: [{ size: 2_000 }, {}],
    });
    expect(runnableDigests(read)).toEqual([digest]);
  });

  test.each([
    { name: "that is not valid JSON", text: "<html>", mediaType: oci, says: "not valid JSON" },
    { name: "without layers", text: `{"config": {}}`, mediaType: oci, says: "layers" },
    {
      name: "of Docker's first schema",
      text: "{}",
      mediaType: "application/vnd.docker.distribution.manifest.v1+prettyjws",
      says: "v1+prettyjws",
    },
    {
      name: "of a Helm chart",
      text: JSON.stringify(manifest("application/vnd.cncf.helm.config.v1+json")),
      mediaType: oci,
      says: "helm",
    },
  ])("$name is refused", ({ text, mediaType, says }) => {
    expect(() => parseManifest(text, digest, mediaType)).toThrow(
      expect.objectContaining({
        name: "RejectedError",
        code: "IMAGE_UNREADABLE",
        message: expect.stringContaining(says),
      }),
    );
  });
});

describe("an index", () => {
  const entry = (letter: string, more: object = {}) => ({ mediaType: oci, digest: child(letter), size: 500, ...more });
  const index = (...manifests: object[]) =>
    parseManifest(JSON.stringify({ schemaVersion: 2, manifests }), digest, ociIndex);

  test.each([ociIndex, dockerList])("of type %s is read", (mediaType) => {
    const text = JSON.stringify({ manifests: [entry("b", { platform: { os: "linux", architecture: "arm64" } })] });
    expect(runnableDigests(parseManifest(text, digest, mediaType))).toEqual([child("b")]);
  });

  test("may hold attestations, which do not run", () => {
    const unknown = { platform: { os: "unknown", architecture: "unknown" } };
    const annotated = { annotations: { "vnd.docker.reference.type": "attestation-manifest" } };
    expect(runnableDigests(index(entry("b"), entry("c", unknown), entry("d", annotated)))).toEqual([child("b")]);
    expect(() => runnableDigests(index(entry("c", unknown)))).toThrow(/IMAGE_UNREADABLE.*has no image that can run/);
  });
});

describe("an image configuration", () => {
  test("is read", () => {
    const config = {
      os: "linux",
      architecture: "arm64",
      config: { User: "app", Entrypoint: ["/server"], Cmd: ["--port", "80"], Labels: { team: "shop" } },
    };
    expect(parseImageConfig(JSON.stringify(config), digest)).toEqual({
      platform: { os: "linux", architecture: "arm64" },
      user: "app",
      entrypoint: ["/server"],
      command: ["--port", "80"],
      labels: { team: "shop" },
    });
  });

  test.each([{}, { config: null }, { config: { User: null, Entrypoint: null, Cmd: null, Labels: null } }])(
    "of a scratch image is empty: %j",
    (said) => {
      const text = JSON.stringify({ os: "linux", architecture: "amd64", ...said });
      expect(parseImageConfig(text, digest)).toMatchObject({ user: "", entrypoint: [], command: [], labels: {} });
    },
  );

  test("without a platform is refused", () => {
    expect(() => parseImageConfig("{}", digest)).toThrow(/IMAGE_UNREADABLE.*architecture/);
  });
});
