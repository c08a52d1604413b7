/**
 * A scenario: data that defines the behaviour of the simulated engines. The first matching rule applies. Without a matching
 * rule everything succeeds, with default durations.
 */
import * as v from "valibot";
import { Fault } from "./fault-rules.ts";
import { GitHubScenario } from "./github-scenario.ts";

const Seconds = v.pipe(v.number(), v.minValue(0));

/** The behaviour of a build. */
const BuildRule = v.strictObject({
  /** The image that the build is about, by the name that the build recipe reads; any when absent. */
  image: v.optional(v.string()),
  /** Beginning of the commit SHA; any when absent. */
  commit: v.optional(v.string()),
  /** Applies to the first `times` matching builds only. */
  times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  /** What the commit has that CodeBuild only fetches when its project says so: paths in the source. */
  source: v.optional(
    v.strictObject({
      submodules: v.optional(v.array(v.string()), []),
      /** Files of Git LFS. */
      lfs: v.optional(v.array(v.string()), []),
    }),
  ),
  queuedSeconds: v.optional(Seconds),
  seconds: v.optional(Seconds),
  /** The phase that fails, with CodeBuild's message; the build succeeds when absent. */
  fails: v.optional(
    v.strictObject({
      phase: v.picklist(["DOWNLOAD_SOURCE", "PRE_BUILD", "BUILD", "POST_BUILD"]),
      message: v.string(),
      status: v.optional(v.picklist(["FAILED", "FAULT", "TIMED_OUT"])),
    }),
  ),
  log: v.optional(v.array(v.string())),
  sizeBytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  /** Properties of the built image; those of a careful Dockerfile when absent. */
  makes: v.optional(
    v.strictObject({
      /** Empty for an image without a user, which runs as root. */
      user: v.exactOptional(v.string()),
      /** Overrides the platform of the build, like `FROM --platform` in a Dockerfile. */
      platform: v.exactOptional(v.string()),
      /** Empty for an image without an entrypoint. */
      entrypoint: v.exactOptional(v.array(v.string())),
      /** Replaces all labels. */
      labels: v.exactOptional(v.record(v.string(), v.string())),
      /** Whether the push contains an index with the image and an attestation, as buildx does by default. */
      attested: v.exactOptional(v.boolean()),
    }),
  ),
});

/** Which container ends, and how ECS's stop ends the others. */
const ending = {
  /** An essential container by name; the first one when absent. */
  container: v.exactOptional(v.string()),
  /** Exit code of the other containers; that of a process without a handler for SIGTERM when absent. */
  othersExitCode: v.exactOptional(v.pipe(v.number(), v.integer())),
};

/** The behaviour of tasks of a service, or of one-off tasks. */
const TaskRule = v.strictObject({
  /** ECS service name; any when absent. */
  service: v.optional(v.string()),
  cluster: v.optional(v.string()),
  /** Matches one-off tasks only: those whose command contains this text, or all of them when empty. */
  oneOff: v.optional(v.string()),
  /** Beginning of the SHA of the commit that an image of the task was built from; any when absent. */
  commit: v.optional(v.string()),
  times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  /** Time from provisioning until the containers run. */
  startSeconds: v.optional(Seconds),
  /** Time from running until the health check of the container or the load balancer passes. */
  healthySeconds: v.optional(Seconds),
  /** The task's answer to HTTP requests while it is healthy; when absent 200 with the commit that it was built from. */
  probe: v.optional(
    v.strictObject({
      status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)), 200),
      /** Returned instead of the commit that the image was built from. */
      revision: v.optional(v.string()),
      /** Time until the answer. */
      delaySeconds: v.optional(Seconds, 0),
    }),
  ),
  /** An alarm that is in ALARM from `afterSeconds` after the task runs until no such task runs. */
  raises: v.optional(v.strictObject({ alarm: v.string(), afterSeconds: Seconds })),
  /** How the task ends; when absent a service's task runs and is healthy, and a one-off task exits with 0. */
  fate: v.optional(
    v.variant("kind", [
      /** The essential container exits. */
      v.strictObject({
        kind: v.literal("crash"),
        ...ending,
        afterSeconds: Seconds,
        exitCode: v.pipe(v.number(), v.integer()),
        log: v.array(v.string()),
      }),
      /** The same for a one-off task; without an exit code when ECS does not know it. */
      v.strictObject({
        kind: v.literal("exit"),
        ...ending,
        afterSeconds: Seconds,
        exitCode: v.optional(v.pipe(v.number(), v.integer())),
        log: v.optional(v.array(v.string()), []),
      }),
      v.strictObject({
        kind: v.literal("out-of-memory"),
        ...ending,
        afterSeconds: Seconds,
        log: v.array(v.string()),
      }),
      v.strictObject({ kind: v.literal("cannot-pull"), message: v.optional(v.string()) }),
      v.strictObject({ kind: v.literal("resource-initialization"), message: v.string() }),
      /** The task runs, but its health check never passes. */
      v.strictObject({ kind: v.literal("unhealthy") }),
      /** No capacity: the task cannot be placed. */
      v.strictObject({ kind: v.literal("no-placement"), message: v.string() }),
      /** ECS refuses to launch the task: only a service event reports it, or an error of RunTask. */
      v.strictObject({ kind: v.literal("no-launch"), message: v.string() }),
      /** The task runs, but ECS cannot register it with its target group: only a service event reports it. */
      v.strictObject({ kind: v.literal("not-registered"), message: v.string() }),
      /** ECS stops the task with this stop code and reason. */
      v.strictObject({
        kind: v.literal("stopped"),
        afterSeconds: Seconds,
        stopCode: v.picklist([
          "TaskFailedToStart",
          "ServiceSchedulerInitiated",
          "SpotInterruption",
          "TerminationNotice",
        ]),
        stoppedReason: v.string(),
      }),
    ]),
  ),
});

const ScanFinding = v.strictObject({
  id: v.string(),
  /** The scanner's severity, such as `CRITICAL`; Amazon Inspector also has `UNTRIAGED`. */
  severity: v.picklist(["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED", "UNTRIAGED"]),
  package: v.optional(v.string(), "libc6"),
  installedVersion: v.optional(v.string(), "2.36-9"),
  /** The version that fixes it; absent when there is none. Basic scanning does not return it. */
  fixedVersion: v.optional(v.string()),
  link: v.optional(v.string()),
  /**
   * Time from the end of the scan until the finding is listed. When absent, an enhanced scan lists half of its findings at its end and
   * the others 20 seconds later; a basic scan lists all at once.
   */
  afterSeconds: v.optional(Seconds),
});

/** The behaviour of an image's scan. Without a matching rule: two findings of low severity, some seconds after the push. */
const ScanRule = v.strictObject({
  /** Name of the ECR repository; any when absent. */
  repository: v.optional(v.string()),
  /** Beginning of the SHA of the commit that the image was built from; any when absent. */
  commit: v.optional(v.string()),
  times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  type: v.optional(v.picklist(["basic", "enhanced"]), "basic"),
  /** Time from the push until the scan exists. */
  beginsSeconds: v.optional(Seconds),
  /** Time from then until the scan ends. */
  seconds: v.optional(Seconds),
  /** How long the scan is COMPLETE without findings before its findings are available (aws/aws-sdk#289). */
  emptySeconds: v.optional(Seconds, 0),
  /** The last status; when absent COMPLETE for a basic scan and ACTIVE for an enhanced scan. */
  status: v.optional(
    v.picklist([
      "IN_PROGRESS",
      "PENDING",
      "COMPLETE",
      "ACTIVE",
      "FAILED",
      "UNSUPPORTED_IMAGE",
      "SCAN_ELIGIBILITY_EXPIRED",
      "FINDINGS_UNAVAILABLE",
      "LIMIT_EXCEEDED",
    ]),
  ),
  description: v.optional(v.string()),
  findings: v.optional(v.array(ScanFinding), []),
  /** Whether an answer of an enhanced scan without findings has a completion time; it was seen without one (aws/aws-cli#6759). */
  timeWithoutFindings: v.optional(v.boolean()),
});

/** A CloudWatch alarm that exists from the beginning. */
const Alarm = v.strictObject({
  name: v.string(),
  state: v.optional(v.picklist(["OK", "ALARM", "INSUFFICIENT_DATA"]), "OK"),
});

/** A fault of events in EventBridge. */
const EventRule = v.strictObject({
  source: v.string(),
  detailType: v.string(),
  /** Members and values that the event's detail must have; any when absent. */
  detail: v.optional(v.record(v.string(), v.string())),
  /** Applies only to the matching event with this number, counted from 1; from the first on when absent. */
  occurrence: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  happens: v.picklist(["lost", "doubled", "delayed"]),
  /** Delay of a delayed event (later events overtake it), or of the second copy of a doubled event. */
  delaySeconds: v.optional(Seconds),
});

/** A quota of the account. Other quotas are those of an account that has been in use for a while. */
const Quota = v.strictObject({
  /** Service Quotas' service code: `codebuild`, `lambda`, `fargate`. */
  service: v.string(),
  name: v.string(),
  value: v.pipe(v.number(), v.minValue(0)),
});

/** A connection of CodeConnections to GitHub: `arn:aws:codeconnections:<region>:<account>:connection/<id>`. */
const Connection = v.strictObject({
  id: v.pipe(v.string(), v.uuid()),
  name: v.string(),
  status: v.optional(v.picklist(["PENDING", "AVAILABLE", "ERROR"]), "AVAILABLE"),
});

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Equal instances. Without a size they have room for every task. */
const ContainerInstances = v.strictObject({
  count: Count,
  /** CPU units, of which a virtual CPU has 1024. */
  cpu: v.optional(Count),
  memoryMegabytes: v.optional(Count),
});

export const Scenario = v.strictObject({
  description: v.optional(v.string()),
  /** Seed of all random sequences. */
  seed: v.optional(v.pipe(v.number(), v.integer()), 1),
  /** `reused`: a function's instance serves several invocations, as on Lambda. `fresh`: one invocation, so all starts are cold. */
  instances: v.optional(v.picklist(["reused", "fresh"]), "reused"),
  /** EC2 instances by cluster; a cluster without an entry has none. A number stands for instances of unlimited size. */
  containerInstances: v.optional(v.record(v.string(), v.union([Count, ContainerInstances])), {}),
  builds: v.optional(v.array(BuildRule), []),
  tasks: v.optional(v.array(TaskRule), []),
  scans: v.optional(v.array(ScanRule), []),
  alarms: v.optional(v.array(Alarm), []),
  events: v.optional(v.array(EventRule), []),
  faults: v.optional(v.array(Fault), []),
  quotas: v.optional(v.array(Quota), []),
  connections: v.optional(v.array(Connection), []),
  github: v.optional(GitHubScenario, {}),
});

export type Scenario = v.InferOutput<typeof Scenario>;
export type ContainerInstances = v.InferOutput<typeof ContainerInstances>;
export type ScenarioInput = v.InferInput<typeof Scenario>;
export type BuildRule = v.InferOutput<typeof BuildRule>;
export type TaskRule = v.InferOutput<typeof TaskRule>;
export type ScanRule = v.InferOutput<typeof ScanRule>;
