/** What decisions about builds need from CodeBuild and ECR. */

/** What one build is started with: environment variables, never commands. */
export type StartBuildRequest = {
  project: string;
  sha: string;
  /** At most 64 characters; CodeBuild answers the same build for the same token during five minutes. */
  idempotencyToken: string;
  timeoutMinutes: number;
  environment: Readonly<Record<string, string>>;
  /** The machine to build on, in place of the project's. */
  machine?: { type: "ARM_CONTAINER" | "LINUX_CONTAINER"; image: string };
};

/** A build as CodeBuild describes it. */
export type ObservedBuild = {
  id: string;
  project: string;
  status: "IN_PROGRESS" | "SUCCEEDED" | "FAILED" | "FAULT" | "TIMED_OUT" | "STOPPED";
  /** Variables that the build was started with. */
  environment: Readonly<Record<string, string>>;
  /** Variables that the buildspec exported. */
  exported: Readonly<Record<string, string>>;
  /** The first phase that failed, with CodeBuild's message. */
  failedPhase?: { phase: string; message: string };
  durationSeconds?: number;
  logUrl?: string;
  /** Its log in CloudWatch Logs; absent until the build has a machine. */
  log?: { group: string; stream: string };
};

export type Builds = {
  /** `full`: CodeBuild runs and queues as many builds as it may now, and has started nothing. */
  start(request: StartBuildRequest): Promise<{ id: string } | "full">;
  describe(id: string): Promise<ObservedBuild | undefined>;
  /** Builds of a project, newest first, at most 100: to find one whose start was never confirmed. */
  recent(project: string): Promise<readonly ObservedBuild[]>;
  /** Changes nothing when the build has ended, or CodeBuild no longer knows it. */
  stop(id: string): Promise<void>;
};

/** The logs of builds. */
export type BuildLogs = {
  /** The last lines of a build's log, oldest first; one line with the reason when it cannot be read. */
  tail(log: NonNullable<ObservedBuild["log"]>): Promise<readonly string[]>;
};

export type Registry = {
  /** Whether the registry still holds the image. */
  hasImage(repository: string, digest: string): Promise<boolean>;
  /** `account.dkr.ecr.region.amazonaws.com/name` of a repository. */
  repositoryUri(repository: string): Promise<string>;
};
