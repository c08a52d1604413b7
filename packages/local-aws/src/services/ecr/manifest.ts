import { createHash } from "node:crypto";
import * as v from "valibot";
import { invalidParameter } from "./errors.ts";

const manifestTypes = new Set([
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
]);
const indexTypes = new Set([
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
]);

const Digest = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/));
const Descriptor = v.object({
  mediaType: v.string(),
  digest: Digest,
  size: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
const common = {
  schemaVersion: v.literal(2),
  mediaType: v.optional(v.string()),
  annotations: v.optional(v.record(v.string(), v.string())),
};
const ImageManifest = v.object({ ...common, config: Descriptor, layers: v.array(Descriptor) });
const ImageIndex = v.object({ ...common, manifests: v.array(Descriptor) });
const Configuration = v.object({
  config: v.optional(v.object({ Labels: v.nullish(v.record(v.string(), v.string())) })),
});

/** A parsed manifest: of a single image, or of an index of images. */
export type Manifest = {
  digest: string;
  mediaType: string;
  annotations: Readonly<Record<string, string>>;
} & (
  | { kind: "image"; config: v.InferOutput<typeof Descriptor>; layers: readonly v.InferOutput<typeof Descriptor>[] }
  | { kind: "index"; manifests: readonly v.InferOutput<typeof Descriptor>[] }
);

export function sha256(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

/**
 * Parses and validates a manifest.
 *
 * @param text the manifest byte for byte as it was pushed
 * @param declared media type in the request; required when the manifest itself does not contain one
 * @throws AwsError InvalidParameterException
 */
export function readManifest(text: string, declared?: string): Manifest {
  const json = parseJson(text);
  const named = v.safeParse(v.object({ mediaType: v.string() }), json);
  const mediaType = named.success ? named.output.mediaType : declared;
  if (declared !== undefined && declared !== mediaType) {
    throw invalidParameter("imageManifestMediaType", `must be the manifest's media type ${mediaType}`);
  }
  if (mediaType === undefined) throw invalidParameter("imageManifestMediaType", "Member must not be null");
  const base = { digest: sha256(text), mediaType };
  if (manifestTypes.has(mediaType)) {
    const { config, layers, annotations = {} } = valid(ImageManifest, json);
    return { ...base, kind: "image", config, layers, annotations };
  }
  if (indexTypes.has(mediaType)) {
    const { manifests, annotations = {} } = valid(ImageIndex, json);
    return { ...base, kind: "index", manifests, annotations };
  }
  throw invalidParameter("imageManifest", `Unsupported manifest media type ${mediaType}`);
}

/** The commit that an image was built from, by its annotation, or else by the label in its configuration. */
export function revisionOf(manifest: Manifest, config: string | undefined): string | undefined {
  const key = "org.opencontainers.image.revision";
  if (manifest.annotations[key] !== undefined) return manifest.annotations[key];
  if (config === undefined) return undefined;
  const parsed = v.safeParse(Configuration, parseJson(config));
  return parsed.success ? parsed.output.config?.Labels?.[key] : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidParameter("imageManifest", "Invalid JSON syntax");
  }
}

function valid<Schema extends v.GenericSchema>(schema: Schema, json: unknown): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, json);
  if (!parsed.success) throw invalidParameter("imageManifest", v.summarize(parsed.issues));
  return parsed.output;
}
