import * as v from "valibot";
import { BranchName, EcrRepositoryName, EcsName, Name, RelativePath, RepositoryName, StageName } from "./grammar.ts";

const minutes = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

/** AWS sets no such limit: it keeps an execution's history and payloads inside Step Functions' own. */
const mostEntries = 50;

/** How one image is built: once a commit, shared by all services that name it. */
const Image = v.strictObject({
  /** Folder of the build context, relative to the repository's root. */
  context: RelativePath,
  /** Relative to the context. */
  dockerfile: v.optional(RelativePath, "Dockerfile"),
  /** ECR repository name, without registry. */
  repository: EcrRepositoryName,
  /** Files that the image depends on, as glob patterns. */
  paths: v.pipe(
    v.array(RelativePath),
    v.minLength(1, 'is empty: name the files that the image depends on, as in ["frontend/**"], or ["**"] for all'),
  ),
  /** Stage that runs the tests; it is built first, and blocks. */
  testTarget: v.optional(StageName),
  /** Stage that is shipped; the last one when absent. */
  target: v.optional(StageName),
  platform: v.optional(v.picklist(["linux/amd64", "linux/arm64"]), "linux/arm64"),
  /** CodeBuild's own range reaches to 2160; a token waits for the build, and eight hours are a stuck one. */
  timeoutMinutes: v.optional(minutes(5, 480), 60),
});

const Service = v.strictObject({
  /** Name of the ECS service. */
  service: EcsName,
  /** Image name by container name of the task definition; containers that are not named keep what they have. */
  containers: v.pipe(
    v.record(EcsName, v.string()),
    v.minEntries(1, "is empty: name at least one container and the image that it runs"),
  ),
});

const Environment = v.strictObject({
  /** What brings a commit here: every push to this branch. */
  on: v.strictObject({ branch: BranchName }),
  /** Name of the ECS cluster. */
  cluster: EcsName,
  services: v.pipe(
    v.record(Name, Service),
    v.minEntries(1, "is empty: name at least one service"),
    v.maxEntries(mostEntries, `has too many entries: at most ${mostEntries} services go together as one release`),
  ),
  health: v.optional(
    v.strictObject({
      /** From the first service's update until every service must be proven. */
      deadlineMinutes: v.optional(minutes(1, 4320), 20),
    }),
    {},
  ),
  /** What happens to a service that fails and has nothing to go back to. */
  firstDeployment: v.optional(v.picklist(["scale-to-zero", "leave"]), "scale-to-zero"),
});

export const RepositoryConfiguration = v.strictObject({
  images: v.pipe(
    v.record(Name, Image),
    v.minEntries(1, "is empty: name at least one image"),
    v.maxEntries(mostEntries, `has too many entries: at most ${mostEntries} images are built for one commit`),
  ),
  environments: v.pipe(v.record(Name, Environment), v.minEntries(1, "is empty: name at least one environment")),
});

export const Configuration = v.strictObject({
  repositories: v.pipe(
    v.record(RepositoryName, RepositoryConfiguration),
    v.minEntries(1, "is empty: name at least one repository"),
  ),
});

/** As a user writes it: what has a default may be left out. */
export type ConfigurationInput = v.InferInput<typeof Configuration>;
export type Configuration = v.InferOutput<typeof Configuration>;
export type RepositoryConfiguration = v.InferOutput<typeof RepositoryConfiguration>;
export type EnvironmentConfiguration = v.InferOutput<typeof Environment>;
export type ImageConfiguration = v.InferOutput<typeof Image>;

/** One repository's configuration as the ledger keeps it. */
export type StoredConfiguration = {
  repository: string;
  configuration: RepositoryConfiguration;
  /** SHA-256 over the canonical JSON, in hex: recorded with each release. */
  hash: string;
};
