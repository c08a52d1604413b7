import {
  annotationsOf,
  defaultPlatform,
  digest,
  type ImageDescription,
  type SimulatedImage,
  simulatedImage,
} from "./image.ts";

const manifestType = "application/vnd.oci.image.manifest.v1+json";

/**
 * An image as buildx pushes it by default: an index of the image and of an attestation manifest
 * (docs.docker.com/build/metadata/attestations/attestation-storage).
 *
 * @returns the content to push, in this order: the index references the images and must be pushed last
 */
export function attestedImage(description: ImageDescription): { images: readonly SimulatedImage[]; index: string } {
  const image = simulatedImage(description);
  const attestation = attestationOf(image);
  const [os, architecture] = (description.platform ?? defaultPlatform).split("/");
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [
      { ...descriptor(manifestType, image.manifest), platform: { architecture, os } },
      {
        ...descriptor(manifestType, attestation.manifest),
        annotations: {
          "vnd.docker.reference.digest": digest(image.manifest),
          "vnd.docker.reference.type": "attestation-manifest",
        },
        platform: { architecture: "unknown", os: "unknown" },
      },
    ],
    annotations: annotationsOf(description),
  });
  return { images: [image, attestation], index };
}

function attestationOf({ manifest }: SimulatedImage): SimulatedImage {
  const statement = JSON.stringify({ _type: "https://in-toto.io/Statement/v0.1", subject: digest(manifest) });
  const config = JSON.stringify({
    architecture: "unknown",
    os: "unknown",
    config: {},
    rootfs: { type: "layers", diff_ids: [digest(statement)] },
  });
  const attestation = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: descriptor("application/vnd.oci.image.config.v1+json", config),
    layers: [
      {
        ...descriptor("application/vnd.in-toto+json", statement),
        annotations: { "in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2" },
      },
    ],
  };
  return { manifest: JSON.stringify(attestation), config };
}

const descriptor = (mediaType: string, text: string) => ({
  mediaType,
  digest: digest(text),
  size: Buffer.byteLength(text),
});
