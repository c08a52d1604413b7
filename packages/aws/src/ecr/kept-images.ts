import type { ECRClient } from "@aws-sdk/client-ecr";
import { keepingTag } from "@lockmaster/core/lib/names.ts";
import type { KeptImages } from "@lockmaster/core/ecs/ports.ts";
import { withTranslatedErrors } from "../lib/errors.ts";
import { digestOfTag, tagImage } from "./images.ts";

/** Keeps images of ECR from expiring by a tag of their own. */
export function ecrKeptImages(client: ECRClient): KeptImages {
  return {
    async keep(repository, digest) {
      const tag = keepingTag(digest);
      // Most images have this tag since they first ran; PutImage is limited to ten calls a second.
      if ((await digestOfTag(client, repository, tag)) === digest) return true;
      const call = { action: "ecr:PutImage", resource: `repository ${repository}` };
      return await withTranslatedErrors(call, () => tagImage(client, repository, digest, tag));
    },
  };
}
