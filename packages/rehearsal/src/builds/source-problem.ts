import type { RecipeInput } from "@lockmaster/local-aws";

/**
 * Why buildspec.yml refuses a source: the context has a submodule or a file of Git LFS that is not there. The simulated source has
 * no files, so fetching succeeds whenever the settings allow it.
 *
 * @returns undefined when everything is there
 */
export function sourceProblem({
  environment,
  source,
}: Pick<RecipeInput, "environment" | "source">): string | undefined {
  const within = isWithin(environment["LOCKMASTER_CONTEXT"] ?? ".");
  const submodule = source.emptySubmodules.find(within);
  if (submodule !== undefined && environment["LOCKMASTER_SUBMODULES"] !== "true")
    return `The submodule ${submodule} is not fetched: set submodules in installation.builds, copy its files into the repository, or take it out of the build context`;
  const pointer = source.lfsPointers.find(within);
  if (pointer === undefined) return undefined;
  if (environment["LOCKMASTER_LFS"] !== "true")
    return `./${pointer} is a pointer of Git LFS: set lfs in installation.builds, commit the file itself, or take it out of the build context`;
  return source.gitCredentials
    ? undefined
    : `Git LFS cannot fetch the files of ${environment["LOCKMASTER_SOURCE_URL"] ?? ""}, see above: check the connection's access to the repository, and the quota of its owner`;
}

function isWithin(context: string): (path: string) => boolean {
  const folder = context.replace(/^\.\//, "").replace(/\/$/, "");
  return (path) => folder === "." || `${path}/`.startsWith(`${folder}/`);
}
