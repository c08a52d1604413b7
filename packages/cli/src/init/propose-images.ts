import { uniqueNames } from "./names.ts";
import type { FoundDockerfile, Source } from "./source.ts";
import type { ManagedService } from "./survey.ts";

export type ProposedImage = {
  name: string;
  /** What was guessed, for people. */
  guess: string;
  context: string;
  paths: readonly string[];
  /** Name in ECR. */
  repository: string;
  testTarget?: string;
  platform: "linux/amd64" | "linux/arm64";
};

/** An image for each ECR repository that is run, built from the Dockerfile that looks as if it were its own. */
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
            ? "the folder, since no Dockerfile was found. If nobody builds this image (a sidecar, a copy of another's), take it out, here and below."
            : "it is built from the Dockerfile of that folder. Files elsewhere that go into it belong into paths, too.",
        context,
        paths: [context === "." ? "**" : `${context}/**`],
        repository,
        ...(dockerfile?.stages.includes("test") === true && { testTarget: "test" }),
        platform: user?.architecture === "ARM64" ? "linux/arm64" : "linux/amd64",
      };
    });
}

/** The folder that bears the repository's name, or its end: `shop-frontend` is built in `frontend`. One alone is for all. */
function dockerfileOf(repository: string, found: readonly FoundDockerfile[]): FoundDockerfile | undefined {
  const last = (path: string) => path.slice(path.lastIndexOf("/") + 1);
  const name = last(repository);
  return (
    found.find(({ folder }) => last(folder) === name) ??
    found.find(({ folder }) => folder !== "." && name.endsWith(`-${last(folder)}`)) ??
    (found.length === 1 ? found[0] : undefined)
  );
}
