import type { BuildRecipe, RecipeInput, StoredImage } from "@lockmaster/local-aws";
import { readBuildVariables } from "./build-variables.ts";
import { sourceProblem } from "./source-problem.ts";

/** Annotation by which a build recognises an image that an earlier attempt pushed. */
export const buildKeyAnnotation = "dev.lockmaster.build";

const adoptSeconds = 1;

/**
 * What buildspec.yml does with its environment variables: it pushes an image tagged with the commit, or adopts the image
 * that is already there, and exports digest and size. A check build pushes and adopts nothing.
 */
export const lockmasterBuilds: BuildRecipe = {
  subject: (environment) => ({ image: environment["LOCKMASTER_IMAGE"], commit: environment["LOCKMASTER_SHA"] }),
  preBuild(build) {
    const variables = readBuildVariables(build.environment, build);
    if (!variables.ok) return variables.problem;
    const unfetched = sourceProblem(build);
    if (unfetched !== undefined) return unfetched;
    const existing = variables.check ? undefined : build.images.find(variables.name, variables.sha);
    if (existing === undefined || existing.annotations?.[buildKeyAnnotation] === variables.key) return undefined;
    return `The tag ${variables.sha} is taken by ${existing.digest}, an image with other build settings. Delete that image, or use a repository of its own for this image.`;
  },
  build(build: RecipeInput) {
    const variables = readBuildVariables(build.environment, build);
    if (!variables.ok) return { fails: variables.problem };
    if (variables.check) return { exports: { LOCKMASTER_OUTCOME: "tested" } };
    const { name, sha, source, platform, key } = variables;
    const existing = build.images.find(name, sha);
    if (existing !== undefined) return { exports: exportsOf(existing, "adopted"), seconds: adoptSeconds };
    const annotations = { [buildKeyAnnotation]: key };
    return {
      pushes: { repository: name, tag: sha, revision: sha, source, platform, annotations },
      exports: (image) => exportsOf(image, "built"),
    };
  },
  log: (output, exitStatus) => [
    "[Lockmaster] Output of the commands:",
    ...output,
    `[Lockmaster] Exit status ${exitStatus}`,
  ],
};

/** The command of a buildspec's phase `build`, whose text CodeBuild repeats in its log. @param buildspec text of the file */
export function buildCommandOf(buildspec: string): string {
  const [, indented = ""] = /\n {2}build:\n {4}commands:\n {6}- \|\n(.*?)\n\n? {2}\w+:\n/s.exec(buildspec) ?? [];
  return indented.replaceAll(/^ {8}/gm, "");
}

function exportsOf(image: StoredImage, outcome: "built" | "adopted"): Record<string, string> {
  return {
    LOCKMASTER_DIGEST: image.digest,
    LOCKMASTER_SIZE_BYTES: String(image.sizeBytes),
    LOCKMASTER_OUTCOME: outcome,
  };
}
