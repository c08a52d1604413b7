import { GetDownloadUrlForLayerCommand, type ECRClient } from "@aws-sdk/client-ecr";
import { RejectedError, RetryableError } from "@lockmaster/core/lib/errors.ts";
import { parseImageConfig, parseManifest } from "@lockmaster/core/gates/image-manifest.ts";
import type { ImageManifests } from "@lockmaster/core/gates/image-ports.ts";
import { incompleteAnswer, isAwsError, withTranslatedErrors } from "../lib/errors.ts";
import { getImage, gettingImage, sha256 } from "./images.ts";

/** A configuration has a few kilobytes; a build that writes megabytes of labels must not fill the function's memory. */
const maxConfigBytes = 4 * 1024 * 1024;
const downloadTimeoutMilliseconds = 5_000;

/** Manifests and configurations of ECR images, each compared with the digest that the caller requested. */
export function ecrManifests(client: ECRClient): ImageManifests {
  return {
    async readManifest(repository, digest) {
      const { image, failure = "ECR gave no reason" } = await withTranslatedErrors(gettingImage(repository), () =>
        getImage(client, repository, { imageDigest: digest }).catch(
          whenMissing("RepositoryNotFoundException", `image ${digest}`, repository),
        ),
      );
      if (image?.imageManifest === undefined) throw notFound(`image ${digest}`, repository, failure);
      if (sha256(image.imageManifest) !== digest) throw wrongDigest(`the manifest of ${digest}`, repository);
      return parseManifest(image.imageManifest, digest, image.imageManifestMediaType ?? "unknown");
    },
    async readImageConfig(repository, digest) {
      const call = { action: "ecr:GetDownloadUrlForLayer", resource: `repository ${repository}` };
      const { downloadUrl } = await withTranslatedErrors(call, () =>
        client
          .send(new GetDownloadUrlForLayerCommand({ repositoryName: repository, layerDigest: digest }))
          .catch(whenMissing("LayersNotFoundException", `configuration ${digest}`, repository)),
      );
      if (downloadUrl === undefined) throw incompleteAnswer(call, `a download URL for ${digest}`);
      const text = await download(downloadUrl, `the configuration ${digest} of repository ${repository}`);
      if (sha256(text) !== digest) throw wrongDigest(`the configuration ${digest}`, repository);
      return parseImageConfig(text, digest);
    },
  };
}

/**
 * The URL is S3's, signed for a short time: when the download fails, a retry gets a new URL.
 *
 * @param what for the message, which must not contain the URL: it is a secret
 */
async function download(url: string, what: string): Promise<string> {
  const bytes = await fetchBytes(url).catch((cause: unknown) => {
    throw new RetryableError(`${what} cannot be downloaded: ${String(cause)}`, { code: "AWS_UNAVAILABLE", cause });
  });
  if (bytes === undefined) {
    throw new RejectedError(
      `${what} is larger than ${maxConfigBytes} bytes. Fix the build of the image and push another commit.`,
      { code: "IMAGE_UNREADABLE" },
    );
  }
  return bytes.toString("utf8");
}

/** @returns undefined when there are more than `maxConfigBytes` */
async function fetchBytes(url: string): Promise<Buffer | undefined> {
  const response = await fetch(url, { signal: AbortSignal.timeout(downloadTimeoutMilliseconds) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early cancels the download.
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > maxConfigBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function whenMissing(name: string, what: string, repository: string): (error: unknown) => never {
  return (error) => {
    throw isAwsError(error, name) ? notFound(what, repository, error.message, error) : error;
  };
}

const notFound = (what: string, repository: string, reason: string, cause?: unknown) =>
  new RejectedError(
    `the ECR repository ${repository} has no ${what}: ${reason}. A lifecycle rule or an operator has deleted it: check the repository, then start a new execution, which builds the image again.`,
    { code: "IMAGE_NOT_FOUND", cause },
  );

const wrongDigest = (what: string, repository: string) =>
  new RejectedError(`ECR's answer for ${what} in repository ${repository} has another digest.`, {
    code: "IMAGE_UNREADABLE",
  });
