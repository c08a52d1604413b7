import * as v from "valibot";

/** A policy for one image: how it is built. One image a commit, shared by all services that name it. */
const Image = v.strictObject({
  /** Folder of the build context, relative to the repository's root. */
  context: v.string(),
  /** Relative to the context. */
  dockerfile: v.optional(v.string(), "Dockerfile"),
  /** ECR repository name, without registry. */
  repository: v.string(),
  /** Files that the image depends on, as glob patterns. */
  paths: v.array(v.string()),
  /** Stage that runs the tests; it is built first, and blocks. */
  testTarget: v.optional(v.string()),
  /** Stage that is shipped; the last one when absent. */
  target: v.optional(v.string()),
  platform: v.optional(v.picklist(["linux/amd64", "linux/arm64"]), "linux/arm64"),
  timeoutMinutes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(5), v.maxValue(480)), 60),
});

const Service = v.strictObject({
  /** Name of the ECS service. */
  service: v.string(),
  /** Image name by container name of the task definition; containers that are not named keep what they have. */
  containers: v.record(v.string(), v.string()),
});

const Environment = v.strictObject({
  on: v.strictObject({ branch: v.string() }),
  cluster: v.string(),
  services: v.record(v.string(), Service),
  health: v.optional(
    v.strictObject({
      /** From the first service's update until every service must be proven. */
      deadlineMinutes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4320)), 20),
    }),
    {},
  ),
  /** What happens to a service that fails and has nothing to go back to. */
  firstDeployment: v.optional(v.picklist(["scale-to-zero", "leave"]), "scale-to-zero"),
});

export const RepositoryConfiguration = v.strictObject({
  images: v.record(v.string(), Image),
  environments: v.record(v.string(), Environment),
});

export const Configuration = v.strictObject({
  repositories: v.record(v.string(), RepositoryConfiguration),
});

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
