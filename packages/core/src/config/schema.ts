import * as v from "valibot";
import { record } from "../lib/record.ts";
import { Gates } from "./gates.ts";
import { TaskDefinitions } from "./task-definitions.ts";
import { Tasks } from "./tasks.ts";
import {
  BranchName,
  ContainerName,
  EcrRepositoryName,
  EcsName,
  Name,
  PathPattern,
  RelativePath,
  Requester,
  StageName,
  RegionName,
  RoleArn,
  TagPattern,
} from "./grammar.ts";

const minutes = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

/** Of images, and of services of an environment: an execution's history and payloads stay within the quotas of Step Functions. */
const maxEntries = 50;

/** How one image is built: once for each commit, for all services that name it. */
const Image = v.strictObject({
  /** Folder of the build context, relative to the repository's root. */
  context: RelativePath,
  /** Relative to the context. */
  dockerfile: v.optional(RelativePath, "Dockerfile"),
  /** ECR repository name, without registry. */
  repository: EcrRepositoryName,
  /** Files that the image depends on. */
  paths: v.pipe(
    v.array(PathPattern),
    v.minLength(1, 'is empty: write the files that the image depends on, as in ["frontend/**"], or ["**"] for all'),
    v.check(
      ([first = ""]) => !first.startsWith("!"),
      ({ input: [first = ""] }) =>
        `begins with ${JSON.stringify(first)}, which takes files away from the paths before it, and there are none: write "**" before it, or ${JSON.stringify(`./${first}`)} if the name begins with !`,
    ),
  ),
  /** Stage that runs the tests; it is built first, and the image only if that succeeds. */
  testTarget: v.optional(StageName),
  /** Stage that is pushed; the last one when absent. */
  target: v.optional(StageName),
  platform: v.optional(v.picklist(["linux/amd64", "linux/arm64"]), "linux/arm64"),
  /** CodeBuild accepts up to 2160; a build that takes longer than eight hours is stuck. */
  timeoutMinutes: v.optional(minutes(5, 480), 60),
});

const Service = v.strictObject({
  /** Name of the ECS service. */
  service: EcsName,
  /** Image name by container name of the task definition; other containers keep their images. */
  containers: v.pipe(
    record(ContainerName, v.string()),
    v.minEntries(1, "is empty: write at least one container and its image"),
  ),
  /** Family of task definitions; a release takes everything but the images from its newest revision. When absent, from the revision that runs. */
  template: v.optional(EcsName),
});

/** An HTTP request by the function once the deployment is completed: the function must be able to reach the URL. */
const Probe = v.strictObject({
  url: v.pipe(
    v.string(),
    v.url("is not a URL: write it with https:// and the path, as in https://shop.example/health"),
  ),
  /** Status that proves health. */
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)), 200),
  /** Path of the commit in a JSON response, as in `build.revision`; the commit must be the released one. */
  revisionPath: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/,
        "is not a path: write names separated by dots, as in build.revision",
      ),
    ),
  ),
  timeoutSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10)), 5),
  /** Permits a URL that begins with http://. */
  plainHttp: v.optional(v.boolean()),
});

const Health = v.strictObject({
  /** From the update of the first service until every service must be proven healthy. */
  deadlineMinutes: v.optional(minutes(1, 4320), 20),
  probe: v.optional(Probe),
  /** How long everything must stay healthy before the release counts as proven. */
  bakeSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400)), 0),
  /** Names of CloudWatch alarms that must not be in state ALARM. */
  alarms: v.optional(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(255))), []),
});

export const Environment = v.strictObject({
  /** What triggers a release: each push to this branch, or each tag that matches this pattern. */
  on: v.strictObject({
    branch: v.optional(BranchName),
    tag: v.optional(TagPattern),
    /** Who may push that branch or tag to start a release: logins at GitHub, or `team:organisation/team`. */
    by: v.optional(v.pipe(v.array(Requester), v.minLength(1, "is empty: write at least one login or team"))),
  }),
  /** `required`: only a signed delivery of GitHub's starts a release, and GitHub must confirm its commit. */
  verification: v.optional(v.picklist(["required", "optional"])),
  /** The environment whose verified digests are promoted; required with `on.tag`, invalid without it. */
  promoteFrom: v.optional(Name),
  /** The environment's account and region, when these are not Lockmaster's own. */
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
    record(Name, Service),
    v.minEntries(1, "is empty: write at least one service"),
    v.maxEntries(maxEntries, `has too many entries: write at most ${maxEntries} services`),
  ),
  /** What Lockmaster is permitted to register, pass and read. */
  taskDefinitions: v.optional(TaskDefinitions, {}),
  gates: v.optional(Gates, {}),
  health: v.optional(Health, {}),
  tasks: v.optional(Tasks, {}),
  /** What happens to a service that fails and has no task definition to roll back to. */
  firstDeployment: v.optional(v.picklist(["scale-to-zero", "leave"]), "scale-to-zero"),
});

export const RepositoryConfiguration = v.strictObject({
  images: v.pipe(
    record(Name, Image),
    v.minEntries(1, "is empty: write at least one image"),
    v.maxEntries(maxEntries, `has too many entries: write at most ${maxEntries} images`),
  ),
  environments: v.pipe(record(Name, Environment), v.minEntries(1, "is empty: write at least one environment")),
});

export type RepositoryConfiguration = v.InferOutput<typeof RepositoryConfiguration>;
export type EnvironmentConfiguration = v.InferOutput<typeof Environment>;
export type ImageConfiguration = v.InferOutput<typeof Image>;
