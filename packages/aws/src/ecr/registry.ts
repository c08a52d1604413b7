import { BatchGetImageCommand, DescribeRepositoriesCommand, type ECRClient } from "@aws-sdk/client-ecr";
import { RejectedError } from "@lockmaster/core/lib/errors.ts";
import { manifestTypes } from "@lockmaster/core/gates/image-manifest.ts";
import type { Registry } from "@lockmaster/core/build/ports.ts";
import { isAwsError, withTranslatedErrors } from "../lib/errors.ts";

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
              acceptedMediaTypes: [...manifestTypes],
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
