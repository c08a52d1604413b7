/**
 * What decisions need from outside, in the field's terms. Adapters in packages/aws implement them; every failure they let
 * through is one of core's errors (throttling, time-outs and 5xx as RetryableError, a refusal as RejectedError).
 */
import type { TaskDefinitionNames } from "./config/task-definitions.ts";

/** Everything that CodeBuild is told about one build; only environment variables, never commands. */
export type BuildRequest = {
  project: string;
  sha: string;
  /** At most 64 characters; CodeBuild answers the same build for the same token during five minutes. */
  idempotencyToken: string;
  timeoutMinutes: number;
  environment: Readonly<Record<string, string>>;
  /** The machine to build on, where it is not the project's own. */
  machine?: { type: "ARM_CONTAINER" | "LINUX_CONTAINER"; image: string };
};

/** A build as CodeBuild describes it. */
export type ObservedBuild = {
  id: string;
  project: string;
  status: "IN_PROGRESS" | "SUCCEEDED" | "FAILED" | "FAULT" | "TIMED_OUT" | "STOPPED";
  /** Variables the build was started with. */
  environment: Readonly<Record<string, string>>;
  /** What the buildspec exported. */
  exported: Readonly<Record<string, string>>;
  /** The first phase that failed, with CodeBuild's own words. */
  failedPhase?: { phase: string; message: string };
  durationSeconds?: number;
  logUrl?: string;
};

export type Builds = {
  start(request: BuildRequest): Promise<{ id: string }>;
  describe(id: string): Promise<ObservedBuild | undefined>;
  /** Builds of a project, newest first, at most 100: for finding one whose start was never confirmed. */
  recent(project: string): Promise<readonly ObservedBuild[]>;
  /** One that has ended, or that CodeBuild does not know any more, stays as it is. */
  stop(id: string): Promise<void>;
};

export type Registry = {
  /** Whether the registry still holds the image. */
  hasImage(repository: string, digest: string): Promise<boolean>;
  /** `account.dkr.ecr.region.amazonaws.com/name` of a repository. */
  repositoryUri(repository: string): Promise<string>;
};

/** The tags under which the registry names images, beside the commits' own. */
export type VersionTags = {
  /** Digest that a tag stands for; undefined when there is no such tag. */
  digestOf(repository: string, tag: string): Promise<string | undefined>;
  /**
   * Names an image by a tag as well, unless it has it already.
   *
   * @throws SideEffectError VERSION_TAG_NOT_SET
   * @throws RejectedError VERSION_TAG_NOT_SET when there is no use in trying again: the image or its repository is gone, or
   * the tag is another image's for good
   */
  put(repository: string, digest: string, tag: string): Promise<void>;
};

/** An execution as Step Functions describes it: eventually consistent, so that one redriven may still look ended. */
export type ObservedExecution = {
  status: "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED" | "PENDING_REDRIVE";
  redriveCount: number;
  /** ISO 8601. */
  stoppedAt?: string;
  error?: string;
  cause?: string;
};

/** Step Functions, as seen from the functions. */
export type Executions = {
  /**
   * `started: false` when an execution of that name has ended, or runs with another input. For one that runs with the same
   * input Step Functions answers as if it had been started now.
   */
  start(name: string, input: unknown): Promise<{ executionArn: string; started: boolean }>;
  /** Completes a waiting task. `false` when nobody waits any more: expired, completed already, execution ended. */
  succeedTask(taskToken: string, output: unknown): Promise<boolean>;
  failTask(taskToken: string, error: string, cause: string): Promise<boolean>;
  /** Ends an execution as aborted. One that has ended, or that Step Functions does not know any more, stays as it is. */
  stop(executionArn: string, error: string, cause: string): Promise<void>;
  /** `false` too for one that Step Functions does not know any more, 90 days after it ended. */
  isRunning(executionArn: string): Promise<boolean>;
  /** `undefined` for one that Step Functions does not know any more, 90 days after it ended. */
  describe(executionArn: string): Promise<ObservedExecution | undefined>;
};

/** One try of GitHub's to deliver an event to the App's webhook. */
export type Delivery = {
  /** Digits; may be more of them than a number can hold. */
  id: string;
  /** The same for every try. */
  guid: string;
  deliveredAt: string;
  succeeded: boolean;
  /** Somebody asked for it. */
  redelivery: boolean;
};

export type Deliveries = {
  /** The newest first; failed ones at least. @param cursor as `next` of the page before */
  page(cursor?: string): Promise<{ deliveries: readonly Delivery[]; next?: string }>;
  redeliver(id: string): Promise<void>;
};

export type DomainEvents = {
  /** Publishes to EventBridge with `source: lockmaster`. */
  publish(detailType: string, detail: Readonly<Record<string, unknown>>): Promise<void>;
};

/** An ECS service as `plan-release` looks at it. */
export type InspectedService = {
  service: string;
  /** `MISSING` when ECS does not know it. */
  status: "ACTIVE" | "DRAINING" | "INACTIVE" | "MISSING";
  deploymentController: "ECS" | "CODE_DEPLOY" | "EXTERNAL";
  /** Container names of what a release is made from: of the template, or else of the task definition that the service is set to. */
  containers: readonly string[];
  /** Digest (`sha256:…`) by container name, where the task definition that the service is set to names the image by digest. */
  digests: Readonly<Record<string, string>>;
  /** What a release registers under and passes: family and roles of what it is set to, and roles of the template. */
  uses: Pick<TaskDefinitionNames, "families" | "roles">;
  /** A template that was asked for has no ACTIVE revision. */
  templateMissing?: true;
};

export type TaskDefinitionRegistry = {
  /** ARNs of the task definitions that any deployment of the services runs now. */
  inUse(cluster: string, services: readonly string[]): Promise<ReadonlySet<string>>;
  /** Takes a task definition out of use; done already: changes nothing. */
  deregister(taskDefinition: string): Promise<void>;
};

export type ServiceInspection = {
  /** In the order asked for. @throws RejectedError CLUSTER_NOT_FOUND */
  inspect(
    cluster: string,
    services: readonly { service: string; template?: string | undefined }[],
  ): Promise<readonly InspectedService[]>;
};

/** The files in which two commits differ: paths from the repository's root, old names of renamed files too; or why nobody knows. */
export type Difference = { files: readonly string[] } | { unknown: string };

export type Changes = {
  /**
   * What `head` changed since `base`, which must be an ancestor of it. Whatever keeps that from being known (no credentials,
   * cut off, not an ancestor, an error) is an answer, never an error: who asks then counts everything as changed.
   */
  between(repository: string, base: string, head: string): Promise<Difference>;
  /** Whether a commit is an ancestor of another one; undefined where that cannot be known. */
  isAncestor(repository: string, sha: string, of: string): Promise<boolean | undefined>;
  /** What `head` changed since it left the line of `base`, which may have gone on since: what a pull request brings. */
  sinceFork(repository: string, base: string, head: string): Promise<Difference>;
};
