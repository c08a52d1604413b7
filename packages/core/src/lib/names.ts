/** Names that are derived, so that whoever needs one computes the same. */
import { createHash } from "node:crypto";

/** Step Functions, StartExecution: at most 80 characters; these are also the ones that CloudWatch Logs can show. */
const executionNameLength = 80;
/** 128 bits: two deliveries never meet by chance, nor by somebody's effort. */
const executionHashLength = 32;
/** Quotas for AWS CodeBuild, build projects: 2 to 150 letters, digits, hyphens and underscores. */
const projectNameLength = 150;
const projectHashLength = 8;

/**
 * Name of the execution that a webhook delivery starts in an environment. The same body names the same execution, so that
 * a redelivery, or a replay under another delivery id, starts nothing twice.
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
 * Name of the execution that brings an environment back which another one left midway. The same end of it, and the same try,
 * name the same settlement, whoever finds out.
 *
 * @param count counts from 1: a settlement that ended without taking the lock over is followed by another
 */
export function recoveryName(executionArn: string, redriveCount: number, count: number): string {
  const hash = createHash("sha256").update(`${executionArn}\0${redriveCount}\0${count}`).digest("hex");
  return `recover-${hash.slice(0, executionHashLength)}`;
}

/** Where checks of pull requests are filed in the ledger, beside the environments: none of them can bear this name. */
export const checksEnvironment = "checks";

/**
 * Name of the CodeBuild project that tests a repository's pull requests. It has a role of its own, which can push nothing.
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
 * @returns the repository for people, then a hash, since `a-b/c` and `a/b-c` must not share a project and its role
 */
export function buildProjectName(prefix: string, repository: string): string {
  const hash = createHash("sha256").update(repository).digest("hex").slice(0, projectHashLength);
  const readable = `${prefix}${safe(repository)}`.slice(0, projectNameLength - projectHashLength - "-".length);
  return `${readable}-${hash}`;
}

function safe(text: string): string {
  return text.replaceAll(/[^0-9A-Za-z_-]/g, "-");
}

/** What begins the tag of each image that is not to expire; the lifecycle rules of its repository let it be. */
export const keepingTagPrefix = "released-";

/** Tag of an image that has been released, or is about to be: no other image can have it. */
export function keepingTag(digest: string): string {
  return `${keepingTagPrefix}${digest.replace(/^sha256:/, "")}`;
}

/** Name of an image repository, out of its URI: `111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/api` → `shop/api`. */
export function repositoryNameOf(repositoryUri: string): string {
  return repositoryUri.slice(repositoryUri.indexOf("/") + 1);
}
