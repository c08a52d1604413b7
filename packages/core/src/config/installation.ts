import * as v from "valibot";
import { record } from "../lib/record.ts";
import { RepositoryBuilds } from "./builds.ts";
import {
  BranchName,
  ConnectionArn,
  EcrRepositoryName,
  InstallationName,
  PolicyArn,
  ProviderArn,
  RepositoryName,
} from "./grammar.ts";
import { Workload } from "./workload.ts";

/** The values that CloudWatch Logs accepts: docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** In keys and values of tags, in every AWS service: docs.aws.amazon.com/general/latest/gr/aws_tagging.html */
const inTags = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const tagCharacters = "has a character that AWS does not permit in tags: use letters, digits, spaces and _.:/=+-@";
const TagKey = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(128),
  v.regex(inTags, tagCharacters),
  v.regex(/^(?!aws:|sst:)/i, "begins with aws: or sst:, which AWS and SST reserve: use another prefix"),
);
const TagValue = v.pipe(v.string(), v.maxLength(256), v.regex(inTags, tagCharacters));
/** An object in S3, as the functions are uploaded, has at most ten; SST sets two of them: docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
const Tags = v.pipe(record(TagKey, TagValue), v.maxEntries(8, "has too many entries: write at most 8"));

const Alarms = v.strictObject({
  /** Receivers of the alarms; each must confirm the subscription once. */
  emails: v.optional(
    v.array(v.pipe(v.string(), v.email("is not an e-mail address: write it as in team@shop.example"))),
    [],
  ),
  /** Alarm when a release waits longer for its environment; not while the environment is frozen. */
  waitingMinutes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(5), v.maxValue(1440)), 60),
});

/** The public endpoint for GitHub's deliveries. */
const Webhook = v.strictObject({
  /**
   * How many deliveries are processed at the same time at most. Lambda reserves as many executions of the account's quota, and
   * leaves at least 100 to all other functions: docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   */
  reservedConcurrency: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000))),
});

const GitHubId = v.pipe(
  v.number(),
  v.check(
    (id) => Number.isSafeInteger(id) && id > 0,
    ({ received }) => `${received} is not an id of GitHub: write the number that \`gh api repos/OWNER/NAME\` shows`,
  ),
);

/** The repository whose GitHub Actions deploy Lockmaster itself. */
const Deployer = v.strictObject({
  repository: RepositoryName,
  /** The only branch whose workflows are permitted to. */
  branch: v.optional(BranchName, "main"),
  /**
   * GitHub's numeric ids of the repository and its owner. Tokens of repositories that were created, renamed or transferred since
   * 15 July 2026 contain them: `gh api repos/acme/lockmaster --jq '.owner.id, .id'`.
   */
  ids: v.optional(v.strictObject({ owner: GitHubId, repository: GitHubId })),
  /** ARN of the account's OpenID Connect provider for GitHub; one is created when absent. */
  provider: v.optional(ProviderArn),
});

/** ECR repositories of the images. */
const Registries = v.strictObject({
  /** Names of existing ECR repositories, with their caches; these are neither created nor cleaned up. */
  existing: v.optional(v.array(EcrRepositoryName), []),
  /** How long an image that was never released is kept. */
  unreleasedDays: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(365)), 30),
});

/** Services that AWS does not offer in every region. */
export const regionalServices = ["codebuild", "codebuild-arm64", "codeconnections", "inspector"] as const;
export type RegionalService = (typeof regionalServices)[number];

const Builds = v.strictObject({
  /** Of the machines that the projects name; a build requests the machine of its image's platform. */
  platform: v.optional(v.picklist(["linux/amd64", "linux/arm64"]), "linux/arm64"),
  repositories: v.optional(record(RepositoryName, RepositoryBuilds), {}),
});

/** How Lockmaster itself is installed: read by `sst.config.ts`, never by a release. */
export const Installation = v.strictObject({
  /** Prefix, with the stage, of the name of everything that is created. */
  name: v.optional(InstallationName, "lockmaster"),
  /** Set on everything that is created. */
  tags: v.optional(Tags, {}),
  /** ARN of the permissions boundary of every role that is created. */
  permissionsBoundary: v.optional(PolicyArn),
  /**
   * The account's quota of managed policies for a role, 10 unless AWS has raised it. Policies that do not fit into a role's inline
   * policy are split over as many: docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
   */
  policiesPerRole: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(25)), 10),
  /** ARN of the connection through which builds read sources from GitHub; one is created when absent. */
  connection: v.optional(ConnectionArn),
  builds: v.optional(Builds, {}),
  /** Services that AWS offers in the region by now, though Lockmaster's own table does not have them there. */
  regionOffers: v.optional(v.array(v.picklist(regionalServices)), []),
  registries: v.optional(Registries, {}),
  /**
   * The scanner of images: `basic` is ECR's own, `enhanced` is Amazon Inspector, which is set for all of the account's
   * repositories in the region; `registry` does not change the account's setting.
   */
  scanning: v.optional(v.picklist(["basic", "enhanced", "registry"]), "basic"),
  /** Of the logs of functions, builds and the state machine. */
  logRetentionDays: v.optional(v.picklist(retentionDays), 90),
  alarms: v.optional(Alarms, {}),
  webhook: v.optional(Webhook, {}),
  deployer: v.optional(Deployer),
  /** A network, clusters and services to deploy to, if there are none yet. */
  workload: v.optional(Workload),
});

export type Installation = v.InferOutput<typeof Installation>;
