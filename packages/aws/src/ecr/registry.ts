import { DescribeRepositoriesCommand, type ECRClient } from "@aws-sdk/client-ecr";
import { RejectedError } from "@lockmaster/core/lib/errors.ts";
import type { Registry } from "@lockmaster/core/build/ports.ts";
import { incompleteAnswer, isAwsError, withTranslatedErrors } from "../lib/errors.ts";
import { getImage, gettingImage } from "./images.ts";

/** Image repositories of ECR. */
export function ecrRegistry(client: ECRClient): Registry {
  return {
    async hasImage(repository, digest) {
      const { image } = await withTranslatedErrors(gettingImage(repository), () =>
        getImage(client, repository, { imageDigest: digest }),
      );
      return image?.imageId?.imageDigest === digest;
    },
    async repositoryUri(repository) {
      const call = { action: "ecr:DescribeRepositories", resource: `repository ${repository}` };
      const answer = await withTranslatedErrors(call, () =>
        client.send(new DescribeRepositoriesCommand({ repositoryNames: [repository] })).catch(whenMissing(repository)),
      );
      const uri = answer.repositories?.[0]?.repositoryUri;
      if (uri === undefined) throw incompleteAnswer(call, "the repository's URI");
      return uri;
    },
  };
}

function whenMissing(repository: string): (error: unknown) => never {
  return (error) => {
    if (!isAwsError(error, "RepositoryNotFoundException")) throw error;
    throw new RejectedError(
      `the ECR repository ${repository}, to which the configuration pushes the image, does not exist. Create it and ${repository}-cache, or correct the configuration, then redrive`,
      { code: "AWS_REFUSED", cause: error },
    );
  };
}
