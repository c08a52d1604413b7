import * as v from "valibot";
import { Gates } from "./gates.ts";
import { TaskDefinitions } from "./task-definitions.ts";
import { Tasks } from "./tasks.ts";
import {
  BranchName,
  EcrRepositoryName,
  EcsName,
  Name,
  RelativePath,
  StageName,
  RegionName,
  RoleArn,
  TagPattern,
} from "./grammar.ts";

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
  /** Family of task definitions whose newest revision gives a release everything but the images; what runs does when absent. */
  template: v.optional(EcsName),
});

/** Asked over HTTP once the deployment is completed, from the function: what it cannot reach cannot be proven. */
const Probe = v.strictObject({
  url: v.pipe(v.string(), v.url("is no URL: write it with https:// and the path, as in https://shop.example/health")),
  /** Status that proves health. */
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)), 200),
  /** Where in a JSON answer the commit is told, as in `build.revision`; it must be the released one. */
  revisionPath: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/, "is no path: names separated by dots, as in build.revision"),
    ),
  ),
  timeoutSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10)), 5),
});

const Health = v.strictObject({
  /** From the first service's update until every service must be proven. */
  deadlineMinutes: v.optional(minutes(1, 4320), 20),
  probe: v.optional(Probe),
  /** How long all of it must stay healthy before the release counts as proven. */
  bakeSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400)), 0),
  /** Names of CloudWatch alarms that must be quiet. */
  alarms: v.optional(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(255))), []),
});

const Environment = v.strictObject({
  /** What brings a commit here: every push to this branch, or every tag of this pattern. */
  on: v.strictObject({ branch: v.optional(BranchName), tag: v.optional(TagPattern) }),
  /** The environment whose verified digests are promoted here; with `on.tag`, and only then. */
  promoteFrom: v.optional(Name),
  /** Where the environment is, when it is not beside Lockmaster. */
  account: v.optional(
    v.strictObject({
      /** ARN of the role that Lockmaster assumes there. */
      role: RoleArn,
      /** Lockmaster's own when absent. */
      region: v.optional(RegionName),
    }),
  ),
  /** Name of the ECS cluster. */
  cluster: EcsName,
  services: v.pipe(
    v.record(Name, Service),
    v.minEntries(1, "is empty: name at least one service"),
    v.maxEntries(mostEntries, `has too many entries: at most ${mostEntries} services go together as one release`),
  ),
  /** What Lockmaster may register, pass and read there. */
  taskDefinitions: v.optional(TaskDefinitions, {}),
  gates: v.optional(Gates, {}),
  health: v.optional(Health, {}),
  tasks: v.optional(Tasks, {}),
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

export type RepositoryConfiguration = v.InferOutput<typeof RepositoryConfiguration>;
export type EnvironmentConfiguration = v.InferOutput<typeof Environment>;
export type ImageConfiguration = v.InferOutput<typeof Image>;
