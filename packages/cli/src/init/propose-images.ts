import { uniqueNames } from "./names.ts";
import type { FoundDockerfile, Source } from "./source.ts";
import type { ManagedService } from "./survey.ts";

export type ProposedImage = {
  name: string;
  /** Explains the guess to the reader of the configuration. */
  guess: string;
  context: string;
  paths: readonly string[];
  /** Name in ECR. */
  repository: string;
  testTarget?: string;
  platform: "linux/amd64" | "linux/arm64";
};

/** Proposes an image for each ECR repository that services run, with the Dockerfile that fits its name. */
export function proposeImages(services: readonly ManagedService[], { dockerfiles }: Source): ProposedImage[] {
  const users = Map.groupBy(
    services.flatMap(({ architecture, containers }) =>
      containers.map(({ repository }) => ({ repository, architecture })),
    ),
    ({ repository }) => repository,
  );
  const unique = uniqueNames();
  return [...users]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([repository, [user]]) => {
      const dockerfile = dockerfileOf(repository, dockerfiles);
      const short = repository.slice(repository.lastIndexOf("/") + 1);
      const context = dockerfile?.folder ?? short;
      return {
        name: unique(short),
        guess:
          dockerfile === undefined
            ? "the folder, because no Dockerfile was found. If you do not build this image (a sidecar, a copied image), delete it here and below."
            : "it is built from the Dockerfile in that folder. Add files that it uses from other folders to paths.",
        context,
        paths: [context === "." ? "**" : `${context}/**`],
        repository,
        ...(dockerfile?.stages.includes("test") === true && { testTarget: "test" }),
        platform: user?.architecture === "ARM64" ? "linux/arm64" : "linux/amd64",
      };
    });
}

/** The folder with the repository's name or its last part (`frontend` for `shop-frontend`); a single Dockerfile fits every repository. */
function dockerfileOf(repository: string, found: readonly FoundDockerfile[]): FoundDockerfile | undefined {
  const last = (path: string) => path.slice(path.lastIndexOf("/") + 1);
  const name = last(repository);
  return (
    found.find(({ folder }) => last(folder) === name) ??
    found.find(({ folder }) => folder !== "." && name.endsWith(`-${last(folder)}`)) ??
    (found.length === 1 ? found[0] : undefined)
  );
}
