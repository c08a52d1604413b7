/**
 * An image's manifest, with its configuration and layers, or an index of manifests, in the formats of OCI
 * (github.com/opencontainers/image-spec) and Docker.
 */
import * as v from "valibot";
import { record } from "../lib/record.ts";
import { RejectedError } from "../lib/errors.ts";
import { describeIssues } from "../lib/parse.ts";

/** OCI's form: `{ os: "linux", architecture: "arm64" }`. */
export type Platform = { os: string; architecture: string };

const Descriptor = v.object({
  mediaType: v.string(),
  digest: v.string(),
  /** Compressed, in bytes. */
  size: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
type Descriptor = v.InferOutput<typeof Descriptor>;

const Child = v.object({
  ...Descriptor.entries,
  platform: v.nullish(v.object({ os: v.string(), architecture: v.string() })),
  annotations: v.nullish(record(v.string(), v.string()), {}),
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
 * Every media type that `parseManifest` reads. BatchGetImage is called with all of them as `acceptedMediaTypes`: otherwise ECR may
 * convert the manifest or refuse the request.
 */
export const manifestTypes: readonly string[] = [...indexTypes, ...imageTypes];

const configTypes: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
]);

const ImageManifest = v.object({ config: Descriptor, layers: v.array(Descriptor) });
const ImageIndex = v.object({ manifests: v.array(Child) });

const OptionalStrings = v.nullish(v.array(v.string()), []);

const ImageConfig = v.object({
  os: v.string(),
  architecture: v.string(),
  config: v.nullish(
    v.object({
      User: v.nullish(v.string(), ""),
      Entrypoint: OptionalStrings,
      Cmd: OptionalStrings,
      Labels: v.nullish(record(v.string(), v.string()), {}),
    }),
  ),
});

/** An image's configuration; empty where the image sets nothing. */
export type ImageConfig = {
  platform: Platform;
  user: string;
  entrypoint: readonly string[];
  command: readonly string[];
  labels: Readonly<Record<string, string>>;
};

/**
 * @param digest the text's digest, verified by the caller
 * @param mediaType from the registry's answer
 * @throws RejectedError IMAGE_UNREADABLE if it is not the manifest of an image but, for example, of an artifact
 */
export function parseManifest(text: string, digest: string, mediaType: string): Manifest {
  const what = `the manifest ${digest}`;
  if (indexTypes.includes(mediaType)) {
    return { digest, mediaType, kind: "index", ...parse(ImageIndex, text, what) };
  }
  if (!imageTypes.includes(mediaType)) throw unreadable(`${what} has the type ${mediaType}, which is not an image`);
  const { config, layers } = parse(ImageManifest, text, what);
  if (!configTypes.has(config.mediaType)) {
    throw unreadable(`${what} is not a container image: its configuration has the type ${config.mediaType}`);
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
 * Digests of the runnable images of an index, at least one; for an image its own digest. buildx adds attestations (provenance, SBOM)
 * to the index as images of the platform `unknown/unknown`.
 * docs.docker.com/build/metadata/attestations/attestation-storage
 *
 * @throws RejectedError IMAGE_UNREADABLE if the index has no runnable image
 */
export function runnableDigests(manifest: Manifest): string[] {
  if (manifest.kind === "image") return [manifest.digest];
  const runnable = manifest.manifests.filter((child) => !isAttestation(child));
  if (runnable.length === 0) throw unreadable(`the index ${manifest.digest} has no image that can run`);
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
    throw unreadable(`${what} is not valid JSON`, cause);
  }
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  throw unreadable(`${what} does not follow the formats of OCI or Docker: ${describeIssues(result.issues)}`);
}

const unreadable = (what: string, cause?: unknown) =>
  new RejectedError(`${what}. Fix the image's build and push another commit.`, {
    code: "IMAGE_UNREADABLE",
    cause,
  });
