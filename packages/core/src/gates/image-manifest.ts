/**
 * What a registry keeps of an image, in the formats of OCI (github.com/opencontainers/image-spec) and Docker: a manifest that
 * names configuration and layers, or an index of manifests.
 */
import * as v from "valibot";
import { RejectedError } from "../lib/errors.ts";
import { describeViolations, formatPath } from "../lib/parse.ts";

/** As OCI writes it: `{ os: "linux", architecture: "arm64" }`. */
export type Platform = { os: string; architecture: string };

const Descriptor = v.object({
  mediaType: v.string(),
  digest: v.string(),
  /** In bytes, as the registry stores it: compressed. */
  size: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
type Descriptor = v.InferOutput<typeof Descriptor>;

const Child = v.object({
  ...Descriptor.entries,
  platform: v.nullish(v.object({ os: v.string(), architecture: v.string() })),
  annotations: v.nullish(v.record(v.string(), v.string()), {}),
});
type Child = v.InferOutput<typeof Child>;

export type Manifest = { digest: string; mediaType: string } & (
  | { kind: "image"; config: Descriptor; layers: readonly Descriptor[] }
  | { kind: "index"; manifests: readonly Child[] }
);

const imageTypes: readonly string[] = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];
const indexTypes: readonly string[] = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];

/**
 * Every media type that `parseManifest` reads. Who asks ECR for a manifest accepts them all: without that it answers in a
 * form of its own choice, or not at all (BatchGetImage, `acceptedMediaTypes`).
 */
export const manifestTypes: readonly string[] = [...indexTypes, ...imageTypes];

const configTypes: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
]);

const ImageManifest = v.object({ config: Descriptor, layers: v.array(Descriptor) });
const ImageIndex = v.object({ manifests: v.array(Child) });

const Strings = v.nullish(v.array(v.string()), []);

const ImageConfig = v.object({
  os: v.string(),
  architecture: v.string(),
  config: v.nullish(
    v.object({
      User: v.nullish(v.string(), ""),
      Entrypoint: Strings,
      Cmd: Strings,
      Labels: v.nullish(v.record(v.string(), v.string()), {}),
    }),
  ),
});

/** What an image says about how it runs; empty where it says nothing. */
export type ImageConfig = {
  platform: Platform;
  user: string;
  entrypoint: readonly string[];
  command: readonly string[];
  labels: Readonly<Record<string, string>>;
};

/**
 * @param digest what the text was asked for by; the caller has checked that it is the text's
 * @param mediaType as the registry told it
 * @throws RejectedError IMAGE_UNREADABLE when it is no image's manifest, an artifact's for example
 */
export function parseManifest(text: string, digest: string, mediaType: string): Manifest {
  const what = `the manifest ${digest}`;
  if (indexTypes.includes(mediaType)) {
    return { digest, mediaType, kind: "index", ...parse(ImageIndex, text, what) };
  }
  if (!imageTypes.includes(mediaType)) throw unreadable(`${what} is of type ${mediaType}, which is no image's`);
  const { config, layers } = parse(ImageManifest, text, what);
  if (!configTypes.has(config.mediaType)) {
    throw unreadable(`${what} is no container image's: its configuration is of type ${config.mediaType}`);
  }
  return { digest, mediaType, kind: "image", config, layers };
}

/** @throws RejectedError IMAGE_UNREADABLE */
export function parseImageConfig(text: string, digest: string): ImageConfig {
  const { os, architecture, config } = parse(ImageConfig, text, `the image configuration ${digest}`);
  return {
    platform: { os, architecture },
    user: config?.User ?? "",
    entrypoint: config?.Entrypoint ?? [],
    command: config?.Cmd ?? [],
    labels: config?.Labels ?? {},
  };
}

/**
 * Digests of the images of an index that can run, one at least; of an image its own. What buildx attests about an image (provenance, SBOM)
 * stands in the index beside it as an image of the platform `unknown/unknown`.
 * docs.docker.com/build/metadata/attestations/attestation-storage
 *
 * @throws RejectedError IMAGE_UNREADABLE when nothing in the index can run
 */
export function runnableDigests(manifest: Manifest): string[] {
  if (manifest.kind === "image") return [manifest.digest];
  const runnable = manifest.manifests.filter((child) => !isAttestation(child));
  if (runnable.length === 0) throw unreadable(`the index ${manifest.digest} names no image that can run`);
  return runnable.map(({ digest }) => digest);
}

function isAttestation({ platform, annotations }: Child): boolean {
  return annotations?.["vnd.docker.reference.type"] === "attestation-manifest" || platform?.os === "unknown";
}

function parse<Schema extends v.GenericSchema>(schema: Schema, text: string, what: string): v.InferOutput<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw unreadable(`${what} is no JSON`, cause);
  }
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  const found = result.issues.map(({ path, message }) => ({
    path: formatPath(path?.map(({ key }) => key) ?? []),
    message,
  }));
  throw unreadable(`${what} is not as OCI and Docker write it: ${describeViolations(found)}`);
}

const unreadable = (what: string, cause?: unknown) =>
  new RejectedError(`${what}. Mend its build and push another commit.`, {
    code: "IMAGE_UNREADABLE",
    cause,
  });
