import { createHash } from "node:crypto";

export type ImageDescription = {
  /** The commit that the image is built from. */
  revision: string;
  /** Where the commit can be looked at. */
  source?: string;
  /** `linux/arm64` when absent. */
  platform?: string;
  created: Date;
  /** What the image takes in the registry, compressed: manifest not counted, configuration counted. */
  sizeBytes: number;
  /** Of the manifest or index, beside OCI's own. */
  annotations?: Readonly<Record<string, string>>;
  /** Tells apart images of the same commit, as two builds of it come out different. */
  salt: string;
  /** As in the Dockerfile; a user of its own when absent, empty for none. */
  user?: string;
  /** What is started; a server when absent, empty for nothing. */
  entrypoint?: readonly string[];
  /** In place of OCI's own labels, which stand in the manifest's annotations all the same. */
  labels?: Readonly<Record<string, string>>;
};

/** What is pushed of one image: its bytes, as the digests are made of. */
export type SimulatedImage = { manifest: string; config: string };

export const defaultPlatform = "linux/arm64";

const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";

/**
 * Makes up an image as the buildspec's build would push it: a base layer that images share and a layer of its own, with
 * configuration and manifest that agree with each other. Only the layers' bytes don't exist.
 */
export function simulatedImage(description: ImageDescription): SimulatedImage {
  const { revision, platform = defaultPlatform, created, salt } = description;
  const [os, architecture] = platform.split("/");
  const config = JSON.stringify({
    architecture,
    os,
    created: created.toISOString(),
    config: {
      User: description.user ?? "10001:10001",
      Env: ["PATH=/usr/local/bin:/usr/bin:/bin"],
      Entrypoint: description.entrypoint ?? ["/app/server"],
      WorkingDir: "/app",
      Labels: description.labels ?? ociLabels(description),
    },
    rootfs: {
      type: "layers",
      diff_ids: [digest(`base ${platform} uncompressed`), digest(`${revision} ${salt} uncompressed`)],
    },
  });
  const layersBytes = Math.max(2, description.sizeBytes - Buffer.byteLength(config));
  const baseBytes = Math.floor(layersBytes / 2);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: digest(config),
      size: Buffer.byteLength(config),
    },
    layers: [
      { mediaType: layerType, digest: digest(`base ${platform} ${baseBytes}`), size: baseBytes },
      { mediaType: layerType, digest: digest(`${revision} ${salt}`), size: layersBytes - baseBytes },
    ],
    annotations: annotationsOf(description),
  });
  return { manifest, config };
}

/** The annotations of the manifest, or of the index where there is one. */
export function annotationsOf(description: ImageDescription): Record<string, string> {
  return { ...ociLabels(description), ...description.annotations };
}

function ociLabels({ revision, source, created }: ImageDescription): Record<string, string> {
  return {
    "org.opencontainers.image.revision": revision,
    ...(source !== undefined && { "org.opencontainers.image.source": source }),
    "org.opencontainers.image.created": created.toISOString(),
  };
}

export function digest(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
