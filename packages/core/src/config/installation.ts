import * as v from "valibot";
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

/** What CloudWatch Logs accepts: docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** In keys and values of tags, wherever AWS has them: docs.aws.amazon.com/general/latest/gr/aws_tagging.html */
const inTags = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const tagSigns = "has other signs than letters, digits, spaces and _.:/=+-@";
const TagKey = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(128),
  v.regex(inTags, tagSigns),
  v.regex(/^(?!aws:|sst:)/i, "begins with aws: or sst:, which are not yours"),
);
const TagValue = v.pipe(v.string(), v.maxLength(256), v.regex(inTags, tagSigns));
/** An object in S3 has ten, and functions are brought in such; two are SST's: docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
const Tags = v.pipe(v.record(TagKey, TagValue), v.maxEntries(8, "are too many: write at most 8"));

const Alarms = v.strictObject({
  /** Who is told by mail; each must confirm the subscription once. */
  emails: v.optional(v.array(v.pipe(v.string(), v.email("is no mail address"))), []),
  /** A release that waits longer for its environment is an alarm; not while the environment is frozen. */
  waitingMinutes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(5), v.maxValue(1440)), 60),
});

const GitHubId = v.pipe(
  v.number(),
  v.check(
    (id) => Number.isSafeInteger(id) && id > 0,
    ({ received }) => `${received} is no id of GitHub's: write the number that \`gh api repos/OWNER/NAME\` shows`,
  ),
);

/** Who deploys Lockmaster itself from GitHub Actions. */
const Deployer = v.strictObject({
  repository: RepositoryName,
  /** The only branch whose workflows may. */
  branch: v.optional(BranchName, "main"),
  /**
   * GitHub's numeric ids of the repository and its owner. Tokens of repositories that were created, renamed or transferred since
   * 15 July 2026 contain them: `gh api repos/acme/lockmaster --jq '.owner.id, .id'`.
   */
  ids: v.optional(v.strictObject({ owner: GitHubId, repository: GitHubId })),
  /** ARN of the account's OpenID Connect provider for GitHub; one is created when absent. */
  provider: v.optional(ProviderArn),
});

/** Where images are kept. */
const Registries = v.strictObject({
  /** Names of ECR repositories that exist already, with their caches beside them; they are not created, nor cleaned up. */
  existing: v.optional(v.array(EcrRepositoryName), []),
  /** How long an image is kept that was built and never released. */
  unreleasedDays: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(365)), 30),
});

/** How Lockmaster itself is installed: read by `sst.config.ts`, never by a release. */
export const Installation = v.strictObject({
  /** Begins, with the stage, the name of everything that is created. */
  name: v.optional(InstallationName, "lockmaster"),
  /** On everything that is created. */
  tags: v.optional(Tags, {}),
  /** ARN of the policy that bounds every role that is created. */
  permissionsBoundary: v.optional(PolicyArn),
  /** ARN of the connection to GitHub that builds read sources through; one is created when absent. */
  connection: v.optional(ConnectionArn),
  registries: v.optional(Registries, {}),
  /**
   * Who looks into images: ECR's own scanner, or Amazon Inspector, which is set for all of the account's repositories in the
   * region; `registry` leaves it as the account has it.
   */
  scanning: v.optional(v.picklist(["basic", "enhanced", "registry"]), "basic"),
  /** For logs of functions, builds and the state machine. */
  logRetentionDays: v.optional(v.picklist(retentionDays), 90),
  alarms: v.optional(Alarms, {}),
  deployer: v.optional(Deployer),
  /** A network, clusters and services to deploy to, for those who have none. */
  workload: v.optional(Workload),
});

export type Installation = v.InferOutput<typeof Installation>;
