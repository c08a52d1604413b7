/**
 * What stands behind CodeBuild, ECR and ECS: who really builds images and runs containers. The services keep AWS's
 * states and answers, an engine only tells what happened. `simulated` follows a scenario; others run real containers.
 */
import type { ScanStatus } from "@aws-sdk/client-ecr";

/** One image as a registry knows it. */
export type StoredImage = {
  repository: string;
  digest: string;
  tags: readonly string[];
  mediaType: string;
  /** Compressed, as DescribeImages answers it. */
  sizeBytes: number;
  pushedAt: number;
  /** `org.opencontainers.image.revision`: the commit that the image was built from, where it says so. */
  revision?: string;
  /** Of the manifest. */
  annotations?: Readonly<Record<string, string>>;
};

/** What a push uploads. Digest, size and revision follow from it, as in a real registry. */
export type ImagePush = {
  repository: string;
  tags: readonly string[];
  /** The image manifest or index (OCI or Docker), as the bytes that its digest is made of. */
  manifest: string;
  /** The image configuration that the manifest names by digest; absent for an index, whose images were pushed before. */
  config?: string;
};

/** The registry behind ECR, for engines that push and pull. */
export type ImageStore = {
  /** Finds by `sha256:…` or by tag. Undefined when repository or image do not exist. */
  find(repository: string, reference: string): StoredImage | undefined;
  /** @throws AwsError as PutImage does (`RepositoryNotFoundException`, `ImageTagAlreadyExistsException`, …). */
  push(image: ImagePush): StoredImage;
};

/** One manifest that is scanned. */
export type ScanSubject = {
  repository: string;
  /** As `StoredImage.revision`. */
  revision?: string;
  /** Whether it holds layers of files, as what buildx attests does not. */
  readable: boolean;
};

export type ScanFinding = {
  id: string;
  severity: string;
  package: string;
  installedVersion: string;
  fixedVersion?: string | undefined;
  link?: string | undefined;
};

/** How a scan goes: known of, under way, for some with an empty answer for a while, ended. */
export type ScanCourse = {
  type: "basic" | "enhanced";
  beginsSeconds: number;
  seconds: number;
  emptySeconds: number;
  /** What it ends as; a scan that never ends stays it. */
  status: ScanStatus;
  description?: string | undefined;
  findings: readonly ScanFinding[];
};

export type ScanEngine = { scan(subject: ScanSubject): ScanCourse };

export type TaskSpec = {
  taskArn: string;
  cluster: string;
  /** ECS service name; absent for one-off tasks. */
  service?: string;
  containers: readonly {
    name: string;
    image: string;
    essential: boolean;
    /** In place of the image's own. */
    command?: readonly string[];
    logGroup?: string;
    logStream?: string;
  }[];
};

export type ContainerEnd = { name: string; exitCode?: number; reason?: string };

/** What happens to a task, in this order; `unplaced` or `stopped` end it, and may come at any time before. */
export type TaskEvent =
  /** No place for it: this attempt is over, nothing follows. ECS says so in its service events and tries anew. */
  | { type: "unplaced"; message: string }
  /** Placed, its network interface attached; images are pulled next. */
  | { type: "provisioned" }
  /** Digest of each container's image, by container name. */
  | { type: "pulled"; digests: Readonly<Record<string, string>> }
  | { type: "running" }
  | { type: "health"; status: "HEALTHY" | "UNHEALTHY" }
  | {
      type: "stopped";
      stopCode: "EssentialContainerExited" | "TaskFailedToStart";
      stoppedReason: string;
      containers: readonly ContainerEnd[];
    };

export type RunningTask = {
  /** Asks the task to end; `stopped` does not follow, the caller knows. `done` is told how its containers ended. */
  stop(done: (containers: readonly ContainerEnd[]) => void): void;
  /** Asks its application over HTTP, as a health probe would. */
  respond(): Promise<{ status: number; body: string }>;
};

export type TaskEngine = {
  /** Why a one-off task finds no place now, in ECS's words; RunTask answers that at once, where services try on. */
  refusal(spec: TaskSpec): string | undefined;
  start(spec: TaskSpec, on: (event: TaskEvent) => void): RunningTask;
};

export type BuildSpec = {
  buildId: string;
  project: string;
  sourceVersion: string;
  environment: Readonly<Record<string, string>>;
  log(lines: readonly string[]): void;
};

export type BuildPhase =
  | "QUEUED"
  | "PROVISIONING"
  | "DOWNLOAD_SOURCE"
  | "INSTALL"
  | "PRE_BUILD"
  | "BUILD"
  | "POST_BUILD"
  | "UPLOAD_ARTIFACTS"
  | "FINALIZING";

export type BuildEvent =
  /** A phase begins; the one before it has ended, well unless `failed` said otherwise. */
  | { type: "phase"; phase: BuildPhase }
  /** The current phase failed. Others may follow: CodeBuild runs POST_BUILD after a failed BUILD. The first failure counts. */
  | { type: "failed"; status: "FAILED" | "FAULT" | "TIMED_OUT"; statusCode: string; message: string }
  | { type: "ended"; exported: Readonly<Record<string, string>> };

export type RunningBuild = { stop(): void };

export type BuildEngine = { start(spec: BuildSpec, on: (event: BuildEvent) => void): RunningBuild };
