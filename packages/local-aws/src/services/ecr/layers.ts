import { createHmac, randomBytes } from "node:crypto";
import {
  GetDownloadUrlForLayer$,
  type GetDownloadUrlForLayerRequest,
  type GetDownloadUrlForLayerResponse,
} from "@aws-sdk/client-ecr";
import type { Answer } from "../../protocol/answer.ts";
import type { Route } from "../../protocol/http.ts";
import { notInLocalAws } from "../../protocol/errors.ts";
import { type Operation, type Parsed, operation } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { layerInaccessible, layerNotFound } from "./errors.ts";
import type { Registry, RepositoryState } from "./registry.ts";

/** The path of layer downloads, on the local AWS's port. AWS stores layers in an S3 bucket. */
export const layerPath = "/ecr-layer/";

/** As in AWS's URLs (`X-Amz-Expires`). */
const lifetimeSeconds = 3600;

/**
 * GetDownloadUrlForLayer and the downloads themselves: a URL is valid for an hour. Only image configurations can be
 * downloaded: simulated images have no layer contents.
 *
 * @param endpoint URL of the local AWS
 */
export function layerDownloads(
  world: World,
  registry: Registry,
  endpoint: () => string,
): { operations: Record<string, Operation>; route: Route } {
  const secret = randomBytes(32);
  const sign = (path: string, date: string): string =>
    createHmac("sha256", secret).update(`${path}\n${date}`).digest("hex");

  function downloadUrl(input: Parsed<GetDownloadUrlForLayerRequest>): GetDownloadUrlForLayerResponse {
    const { repositoryName, registryId, layerDigest } = input;
    const repository = registry.repository(repositoryName, registryId);
    if (!repository.blobs.has(layerDigest)) throw layerNotFound(layerDigest, repositoryName, registry.registryId);
    if (!isReferenced(repository, layerDigest)) {
      throw layerInaccessible(layerDigest, repositoryName, registry.registryId);
    }
    const path = `${layerPath}${repositoryName}/${layerDigest}`;
    const date = amzDate(world.clock.now());
    const query = new URLSearchParams({
      "X-Amz-Date": date,
      "X-Amz-Expires": String(lifetimeSeconds),
      "X-Amz-Signature": sign(path, date),
    });
    return { downloadUrl: `${endpoint()}${path}?${query.toString()}`, layerDigest };
  }

  function download(method: string, requested: string): Answer {
    const { pathname: path, searchParams } = new URL(requested, "http://127.0.0.1");
    const date = searchParams.get("X-Amz-Date") ?? "";
    if (searchParams.get("X-Amz-Signature") !== sign(path, date)) {
      return denied(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided.",
      );
    }
    if (date < amzDate(world.clock.now() - lifetimeSeconds * 1000))
      return denied("AccessDenied", "Request has expired");
    if (method !== "GET") throw notInLocalAws(`the method ${method} for layers`);
    const [, name = "", digest = ""] = /^\/ecr-layer\/(.+)\/([^/]+)$/.exec(path) ?? [];
    const config = registry.repositories.get(name)?.configs.get(digest);
    if (config === undefined) throw notInLocalAws("layer contents (only image configurations can be downloaded)");
    return { status: 200, headers: { "content-type": "application/octet-stream" }, body: config };
  }

  return {
    operations: {
      GetDownloadUrlForLayer: operation<GetDownloadUrlForLayerRequest, GetDownloadUrlForLayerResponse>(
        GetDownloadUrlForLayer$,
        ["registryId", "repositoryName", "layerDigest"],
        downloadUrl,
      ),
    },
    route: ({ method, path }) => Promise.resolve(download(method, path)),
  };
}

/** A time in the format of signatures, `20260105T090000Z`, which sorts chronologically as text. */
const amzDate = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, "");

/** "You can only get URLs for image layers that are referenced in an image" (GetDownloadUrlForLayer). */
function isReferenced(repository: RepositoryState, digest: string): boolean {
  return [...repository.images.values()].some(
    ({ manifest }) =>
      manifest.kind === "image" && [manifest.config, ...manifest.layers].some((blob) => blob.digest === digest),
  );
}

/** A denied request, as S3 answers it (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html). */
function denied(code: string, message: string): Answer {
  return {
    status: 403,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  };
}
