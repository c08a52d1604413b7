import { createHash } from "node:crypto";

export type ImageDescription = {
  /** The commit that the image is built from. */
  revision: string;
  /** URL of the commit. */
  source?: string;
  /** `linux/arm64` when absent. */
  platform?: string;
  created: Date;
  /** Compressed size in the registry, with the configuration, without the manifest. */
  sizeBytes: number;
  /** Annotations of the manifest or index, in addition to OCI's. */
  annotations?: Readonly<Record<string, string>>;
  /** Distinguishes images of the same commit: two builds of a commit have different digests. */
  salt: string;
  /** As in the Dockerfile; an unprivileged user when absent, empty for an image without a user. */
  user?: string;
  /** A server when absent; empty for an image without an entrypoint. */
  entrypoint?: readonly string[];
  /** Replaces OCI's labels. The manifest's annotations contain them regardless. */
  labels?: Readonly<Record<string, string>>;
};

/** The content of a pushed image. The digests are computed from these bytes. */
export type SimulatedImage = { manifest: string; config: string };

export const defaultPlatform = "linux/arm64";

const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";

/**
 * Creates an image like the one that a build pushes: a base layer that images share, another layer, and a configuration and
 * manifest that match. The layers have no bytes.
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

/** The annotations of the manifest, or of the index if the image has one. */
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
