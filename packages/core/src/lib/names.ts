/** Derived names: every caller computes the same one. */
import { createHash } from "node:crypto";

/** Step Functions, StartExecution: at most 80 characters. CloudWatch Logs supports the same ones. */
const executionNameLength = 80;
/** 128 bits: a collision happens neither by chance nor by an attack. */
const executionHashLength = 32;
/** Quotas for AWS CodeBuild, build projects: 2 to 150 letters, digits, hyphens and underscores. */
const projectNameLength = 150;
const projectHashLength = 8;

/**
 * Name of the execution that a webhook delivery starts in an environment. The same body makes the same name, so that a
 * redelivery, or a replay with another delivery id, is idempotent.
 *
 * @param body the delivery's raw bytes
 * @returns repository and environment for people, then a hash; at most 80 of `0-9A-Za-z_-`
 */
export function executionName(repository: string, environment: string, body: Uint8Array): string {
  const hash = createHash("sha256").update(`${repository}\0${environment}\0`).update(body).digest("hex");
  const shop = safe(repository.slice(repository.indexOf("/") + 1));
  const where = safe(environment).slice(0, 40);
  const room = executionNameLength - executionHashLength - where.length - "--".length;
  return `${shop.slice(0, room)}-${where}-${hash.slice(0, executionHashLength)}`;
}

/**
 * Name of the execution that recovers an environment that another one left half changed. The same redrive and count make the
 * same name, so that two callers cannot start two recoveries.
 *
 * @param count counts from 1: a recovery that ended without getting the lock is followed by another
 */
export function recoveryName(executionArn: string, redriveCount: number, count: number): string {
  const hash = createHash("sha256").update(`${executionArn}\0${redriveCount}\0${count}`).digest("hex");
  return `recover-${hash.slice(0, executionHashLength)}`;
}

/** The ledger stores checks of pull requests under this name of an environment. No environment can have it. */
export const checksEnvironment = "checks";

/**
 * Name of the CodeBuild project that tests a repository's pull requests. Its role is not permitted to push images.
 *
 * @param prefix of all of Lockmaster's projects, as in `lockmaster-`
 */
export function checkProjectName(prefix: string, repository: string): string {
  return buildProjectName(`${prefix}check-`, repository);
}

/**
 * Name of the CodeBuild project that builds a repository's images.
 *
 * @param prefix of all of Lockmaster's projects, as in `lockmaster-`
 * @returns the repository for people, then a hash, because `a-b/c` and `a/b-c` must not share a project and its role
 */
export function buildProjectName(prefix: string, repository: string): string {
  const hash = createHash("sha256").update(repository).digest("hex").slice(0, projectHashLength);
  const readable = `${prefix}${safe(repository)}`.slice(0, projectNameLength - projectHashLength - "-".length);
  return `${readable}-${hash}`;
}

function safe(text: string): string {
  return text.replaceAll(/[^0-9A-Za-z_-]/g, "-");
}

/** Prefix of the tag of each image that must not expire: the lifecycle rules of its repository exclude it. */
export const keepingTagPrefix = "released-";

/** Tag of an image that was released, or will be: no other image can have it. */
export function keepingTag(digest: string): string {
  return `${keepingTagPrefix}${digest.replace(/^sha256:/, "")}`;
}

/** Name of an image repository, from its URI: `111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/api` → `shop/api`. */
export function repositoryNameOf(repositoryUri: string): string {
  return repositoryUri.slice(repositoryUri.indexOf("/") + 1);
}
