/**
 * Engines build and scan images and run containers for CodeBuild, ECR and ECS. The services implement AWS's states and
 * answers; an engine only reports events. The simulated engines follow a scenario; others can run real containers.
 */
import type { ScanStatus } from "@aws-sdk/client-ecr";
import type { TaskStopCode } from "@aws-sdk/client-ecs";

/** An image in a registry. */
export type StoredImage = {
  repository: string;
  digest: string;
  tags: readonly string[];
  mediaType: string;
  /** Compressed size, as in DescribeImages. */
  sizeBytes: number;
  pushedAt: number;
  /** `org.opencontainers.image.revision`: the commit that the image was built from; absent without this annotation or label. */
  revision?: string;
  /** Annotations of the manifest. */
  annotations?: Readonly<Record<string, string>>;
};

/** The content of a push. Digest, size and revision follow from it, as in a real registry. */
export type ImagePush = {
  repository: string;
  tags: readonly string[];
  /** The image manifest or index (OCI or Docker). Its digest is the hash of these bytes. */
  manifest: string;
  /** The image configuration that the manifest references; absent for an index, whose images must be pushed first. */
  config?: string;
};

/** ECR's registry, for engines that push and pull. */
export type ImageStore = {
  /** Finds an image by digest (`sha256:…`) or tag. Undefined when the repository or the image does not exist. */
  find(repository: string, reference: string): StoredImage | undefined;
  /** @throws AwsError as PutImage does (`RepositoryNotFoundException`, `ImageTagAlreadyExistsException`, …). */
  push(image: ImagePush): StoredImage;
  /** Records that an image was pulled. Has no effect on an image that does not exist. */
  recordPull(repository: string, digest: string): void;
};

/** A manifest to scan. */
export type ScanSubject = {
  repository: string;
  /** As `StoredImage.revision`. */
  revision?: string;
  /** Whether its layers contain files. Those of buildx's attestations do not. */
  readable: boolean;
};

export type ScanFinding = {
  id: string;
  severity: string;
  package: string;
  installedVersion: string;
  fixedVersion?: string | undefined;
  link?: string | undefined;
  /** Time from the end of the scan until the finding is listed. */
  afterSeconds: number;
};

/**
 * The times and the result of a scan: it begins, is in progress, can be complete without findings for a while, and ends. Its findings
 * can be listed in instalments after its end.
 */
export type ScanCourse = {
  type: "basic" | "enhanced";
  beginsSeconds: number;
  seconds: number;
  emptySeconds: number;
  /** The last status. A scan with IN_PROGRESS or PENDING here never ends. */
  status: ScanStatus;
  description?: string | undefined;
  findings: readonly ScanFinding[];
  /** Whether an answer without findings has a completion time. */
  timeWithoutFindings: boolean;
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
    /** Overrides the image's command. */
    command?: readonly string[];
    logGroup?: string;
    logStream?: string;
  }[];
};

export type ContainerEnd = { name: string; exitCode?: number; reason?: string };

/** The events of a task, in this order. `stopped` ends the task and can occur at any time. */
export type TaskEvent =
  /** The task runs, but ECS cannot register it with its target group. */
  | { type: "unregistered"; message: string }
  /** The task is placed and has its network interface; it pulls its images next. */
  | { type: "provisioned" }
  /** Digest of each container's image, by container name. */
  | { type: "pulled"; digests: Readonly<Record<string, string>> }
  | { type: "running" }
  | { type: "health"; status: "HEALTHY" | "UNHEALTHY" }
  | {
      type: "stopped";
      stopCode: TaskStopCode;
      stoppedReason: string;
      containers: readonly ContainerEnd[];
    };

export type RunningTask = {
  /** Stops the task. No event `stopped` follows; `done` receives how the containers ended. */
  stop(done: (containers: readonly ContainerEnd[]) => void): void;
  /** Sends an HTTP request to the task's application, like a health probe. */
  respond(): Promise<{ status: number; body: string }>;
};

/** `unplaced`: there is no place for the task; `unlaunched`: for example, ECS cannot assume its role. */
export type TaskRefusal = { type: "unplaced" | "unlaunched"; message: string };

export type TaskEngine = {
  /** Asked before each start: why ECS does not start the task now. RunTask answers with it, services keep trying. */
  refusal(spec: TaskSpec): TaskRefusal | undefined;
  start(spec: TaskSpec, on: (event: TaskEvent) => void): RunningTask;
};

/** What a project says about its source. */
export type BuildSource = {
  /** Whether CodeBuild fetches the submodules of the source. */
  fetchesSubmodules: boolean;
  /** Whether git in the build's commands has the credentials of the source: `env.git-credential-helper` of the buildspec. */
  gitCredentials: boolean;
};

export type BuildSpec = {
  buildId: string;
  project: string;
  sourceVersion: string;
  environment: Readonly<Record<string, string>>;
  source: BuildSource;
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
  /** A phase begins. The previous phase has ended, successfully unless `failed` was reported. */
  | { type: "phase"; phase: BuildPhase }
  /** The current phase failed. More phases can follow: CodeBuild runs POST_BUILD after a failed BUILD. The first failure counts. */
  | { type: "failed"; status: "FAILED" | "FAULT" | "TIMED_OUT"; statusCode: string; message: string }
  | { type: "ended"; exported: Readonly<Record<string, string>> };

export type RunningBuild = { stop(): void };

export type BuildEngine = { start(spec: BuildSpec, on: (event: BuildEvent) => void): RunningBuild };
