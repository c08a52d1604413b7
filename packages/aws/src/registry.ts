import { BatchGetImageCommand, DescribeRepositoriesCommand, type ECRClient } from "@aws-sdk/client-ecr";
import { RejectedError } from "@lockmaster/core/errors.ts";
import type { Registry } from "@lockmaster/core/ports.ts";
import { isAwsError, withTranslatedErrors } from "./errors.ts";

/**
 * Media types under which an image may be stored, indexes included: without them ECR answers in a form of its own choice,
 * or not at all (BatchGetImage, `acceptedMediaTypes`).
 */
const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];

/** Image repositories of ECR. */
export function ecrRegistry(client: ECRClient): Registry {
  return {
    async hasImage(repository, digest) {
      const answer = await withTranslatedErrors(
        { action: "ecr:BatchGetImage", resource: `repository ${repository}` },
        () =>
          client.send(
            new BatchGetImageCommand({
              repositoryName: repository,
              imageIds: [{ imageDigest: digest }],
              acceptedMediaTypes: manifestTypes,
            }),
          ),
      );
      return (answer.images ?? []).some(({ imageId }) => imageId?.imageDigest === digest);
    },
    async repositoryUri(repository) {
      const call = { action: "ecr:DescribeRepositories", resource: `repository ${repository}` };
      const answer = await withTranslatedErrors(call, () =>
        client.send(new DescribeRepositoriesCommand({ repositoryNames: [repository] })).catch(whenMissing(repository)),
      );
      const uri = answer.repositories?.[0]?.repositoryUri;
      if (uri === undefined) throw new Error(`ECR described the repository ${repository} without its URI`);
      return uri;
    },
  };
}

function whenMissing(repository: string): (error: unknown) => never {
  return (error) => {
    if (!isAwsError(error, "RepositoryNotFoundException")) throw error;
    throw new RejectedError(
      `there is no ECR repository ${repository}, where the configuration has the image pushed. Create it, and ${repository}-cache beside it, or correct the configuration, then redrive`,
      { code: "AWS_REFUSED", cause: error },
    );
  };
}
