import { createHash } from "node:crypto";
import { BatchGetImageCommand, GetDownloadUrlForLayerCommand, type ECRClient } from "@aws-sdk/client-ecr";
import { RejectedError, RetryableError } from "@lockmaster/core/lib/errors.ts";
import { manifestTypes, parseImageConfig, parseManifest } from "@lockmaster/core/gates/image-manifest.ts";
import type { ImageManifests } from "@lockmaster/core/gates/image-ports.ts";
import { isAwsError, withTranslatedErrors } from "../lib/errors.ts";

/** A configuration is a few kilobytes; a build that writes megabytes of labels must not fill the function's memory. */
const mostConfigBytes = 4 * 1024 * 1024;
const downloadTimeoutMilliseconds = 5_000;

/** Manifests and configurations of ECR's images, each held against the digest that it was asked for by. */
export function ecrManifests(client: ECRClient): ImageManifests {
  return {
    async readManifest(repository, digest) {
      const call = { action: "ecr:BatchGetImage", resource: `repository ${repository}` };
      const { images, failures } = await withTranslatedErrors(call, () =>
        client
          .send(
            new BatchGetImageCommand({
              repositoryName: repository,
              imageIds: [{ imageDigest: digest }],
              acceptedMediaTypes: [...manifestTypes],
            }),
          )
          .catch(whenMissing("RepositoryNotFoundException", `image ${digest}`, repository)),
      );
      const [image] = images ?? [];
      if (image?.imageManifest === undefined) {
        const reason = failures?.[0]?.failureReason ?? "ECR told no reason";
        throw notFound(`image ${digest}`, repository, reason);
      }
      // For whom does not accept its type ECR converts a manifest, which is another one then.
      if (sha256(image.imageManifest) !== digest) throw otherThanAsked(`the manifest of ${digest}`, repository);
      return parseManifest(image.imageManifest, digest, image.imageManifestMediaType ?? "not told");
    },
    async readImageConfig(repository, digest) {
      const call = { action: "ecr:GetDownloadUrlForLayer", resource: `repository ${repository}` };
      const { downloadUrl } = await withTranslatedErrors(call, () =>
        client
          .send(new GetDownloadUrlForLayerCommand({ repositoryName: repository, layerDigest: digest }))
          .catch(whenMissing("LayersNotFoundException", `configuration ${digest}`, repository)),
      );
      if (downloadUrl === undefined) throw new Error(`ECR answered without an address for ${digest}`);
      const text = await download(downloadUrl, `the configuration ${digest} of repository ${repository}`);
      if (sha256(text) !== digest) throw otherThanAsked(`the configuration ${digest}`, repository);
      return parseImageConfig(text, digest);
    },
  };
}

/**
 * The address is S3's, signed for a short time: there is nothing to mend when it fails, but another one helps.
 *
 * @param what for the message; the address is a secret
 */
async function download(url: string, what: string): Promise<string> {
  const again = (cause: unknown) =>
    new RetryableError(`${what} cannot be downloaded: ${String(cause)}`, { code: "AWS_UNAVAILABLE", cause });
  const bytes = await fetchBytes(url).catch((error: unknown) => {
    throw again(error);
  });
  if (bytes === undefined) {
    throw new RejectedError(
      `${what} is larger than ${mostConfigBytes} bytes. Mend its build and push another commit.`,
      {
        code: "IMAGE_UNREADABLE",
      },
    );
  }
  return bytes.toString("utf8");
}

/** @returns undefined when there are more bytes than anybody should read */
async function fetchBytes(url: string): Promise<Buffer | undefined> {
  const response = await fetch(url, { signal: AbortSignal.timeout(downloadTimeoutMilliseconds) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Left early, the loop cancels the download.
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > mostConfigBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const sha256 = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

function whenMissing(name: string, what: string, repository: string): (error: unknown) => never {
  return (error) => {
    throw isAwsError(error, name) ? notFound(what, repository, error.message, error) : error;
  };
}

const notFound = (what: string, repository: string, reason: string, cause?: unknown) =>
  new RejectedError(
    `the ECR repository ${repository} has no ${what}: ${reason}. A lifecycle rule or somebody deleted it: look there, then start a new execution, which builds it again.`,
    { code: "IMAGE_NOT_FOUND", cause },
  );

const otherThanAsked = (what: string, repository: string) =>
  new RejectedError(`ECR answered for ${what} in repository ${repository} with something of another digest.`, {
    code: "IMAGE_UNREADABLE",
  });
