/**
 * A scenario: what the simulated engines do, as data. Rules are tried in order and the first that matches counts; what no
 * rule matches goes well, with the default durations.
 */
import * as v from "valibot";
import { Fault } from "./fault-rules.ts";
import { GitHubScenario } from "./github-scenario.ts";

const Seconds = v.pipe(v.number(), v.minValue(0));

/** How one build goes. */
const BuildRule = v.strictObject({
  /** Name of the image as in the build's variable LOCKMASTER_IMAGE; any when absent. */
  image: v.optional(v.string()),
  /** Beginning of the commit's id; any when absent. */
  commit: v.optional(v.string()),
  /** Applies to the first `times` matching builds only. */
  times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  queuedSeconds: v.optional(Seconds),
  seconds: v.optional(Seconds),
  /** Phase that fails, with CodeBuild's message; the build succeeds when absent. */
  fails: v.optional(
    v.strictObject({
      phase: v.picklist(["DOWNLOAD_SOURCE", "PRE_BUILD", "BUILD", "POST_BUILD"]),
      message: v.string(),
      status: v.optional(v.picklist(["FAILED", "FAULT", "TIMED_OUT"])),
    }),
  ),
  log: v.optional(v.array(v.string())),
  sizeBytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  /** What the image is like that it makes; as a careful Dockerfile has it when absent. */
  makes: v.optional(
    v.strictObject({
      /** Empty for an image that names none, and runs as root. */
      user: v.exactOptional(v.string()),
      /** Whatever the build was told, as a Dockerfile's own `FROM --platform` has it. */
      platform: v.exactOptional(v.string()),
      /** Empty for an image that starts nothing. */
      entrypoint: v.exactOptional(v.array(v.string())),
      /** In place of all labels. */
      labels: v.exactOptional(v.record(v.string(), v.string())),
      /** In an index beside an attestation, as buildx does unless told otherwise. */
      attested: v.exactOptional(v.boolean()),
    }),
  ),
});

/** How tasks of one service and image go, or those that are run by themselves. */
const TaskRule = v.strictObject({
  /** ECS service name; any when absent. */
  service: v.optional(v.string()),
  cluster: v.optional(v.string()),
  /** Tasks that are run by themselves, and no others; by text that their command contains, any when empty. */
  oneOff: v.optional(v.string()),
  /** Beginning of the commit's id that an image of the task was built from; any when absent. */
  commit: v.optional(v.string()),
  times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  /** From provisioning until the containers run. */
  startSeconds: v.optional(Seconds),
  /** From running until the container's (or load balancer's) health check passes. */
  healthySeconds: v.optional(Seconds),
  /** What the task answers over HTTP while it is healthy: 200 with the commit it was built from when absent. */
  probe: v.optional(
    v.strictObject({
      status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)), 200),
      /** Told in place of the commit that the image was really built from. */
      revision: v.optional(v.string()),
      /** Until it answers. */
      delaySeconds: v.optional(Seconds, 0),
    }),
  ),
  /** An alarm that the task raises so long after it runs; it is quiet again when no such task runs. */
  raises: v.optional(v.strictObject({ alarm: v.string(), afterSeconds: Seconds })),
  /** What becomes of the task; when absent a service's runs healthily, and one by itself exits with 0. */
  fate: v.optional(
    v.variant("kind", [
      /** The essential container exits. */
      v.strictObject({
        kind: v.literal("crash"),
        afterSeconds: Seconds,
        exitCode: v.pipe(v.number(), v.integer()),
        log: v.array(v.string()),
      }),
      /** The same, of a task that is meant to end; without an exit code where ECS cannot tell one. */
      v.strictObject({
        kind: v.literal("exit"),
        afterSeconds: Seconds,
        exitCode: v.optional(v.pipe(v.number(), v.integer())),
        log: v.optional(v.array(v.string()), []),
      }),
      v.strictObject({ kind: v.literal("out-of-memory"), afterSeconds: Seconds, log: v.array(v.string()) }),
      v.strictObject({ kind: v.literal("cannot-pull"), message: v.optional(v.string()) }),
      v.strictObject({ kind: v.literal("resource-initialization"), message: v.string() }),
      /** Runs, but its health check never passes. */
      v.strictObject({ kind: v.literal("unhealthy") }),
      /** No capacity: the task is never placed. */
      v.strictObject({ kind: v.literal("no-placement"), message: v.string() }),
    ]),
  ),
});

const ScanFinding = v.strictObject({
  id: v.string(),
  /** As the scanner writes it: `CRITICAL`; Amazon Inspector has `UNTRIAGED` too. */
  severity: v.picklist(["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED", "UNTRIAGED"]),
  package: v.optional(v.string(), "libc6"),
  installedVersion: v.optional(v.string(), "2.36-9"),
  /** Version that mends it; there is none when absent. Basic scanning does not tell it. */
  fixedVersion: v.optional(v.string()),
  link: v.optional(v.string()),
});

/** How the scan of one image goes; a few findings of low severity, some seconds after the push, when no rule matches. */
const ScanRule = v.strictObject({
  /** Name of the ECR repository; any when absent. */
  repository: v.optional(v.string()),
  /** Beginning of the commit's id that the image was built from; any when absent. */
  commit: v.optional(v.string()),
  times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  type: v.optional(v.picklist(["basic", "enhanced"]), "basic"),
  /** From the push until ECR knows of a scan; until then there is none to be found. */
  beginsSeconds: v.optional(Seconds),
  /** From there until it ends. */
  seconds: v.optional(Seconds),
  /** Says COMPLETE with nothing in the answer for this long, before what it found is there (aws/aws-sdk#289). */
  emptySeconds: v.optional(Seconds, 0),
  /** What it ends as, or stays for ever; COMPLETE for a basic scan and ACTIVE for an enhanced one when absent. */
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
});

/** A CloudWatch alarm that exists from the beginning. */
const Alarm = v.strictObject({
  name: v.string(),
  state: v.optional(v.picklist(["OK", "ALARM", "INSUFFICIENT_DATA"]), "OK"),
});

/** What happens to events on their way through EventBridge. */
const EventRule = v.strictObject({
  source: v.string(),
  detailType: v.string(),
  /** Members that the event's detail must have, with these values; whatever it has when absent. */
  detail: v.optional(v.record(v.string(), v.string())),
  /** Applies to the how manieth matching event only; from the first on when absent. */
  occurrence: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  happens: v.picklist(["lost", "doubled", "delayed"]),
  /** Late by this much: the event when it is delayed (others overtake it), its second copy when it is doubled. */
  delaySeconds: v.optional(Seconds),
});

/** What Service Quotas says of the account; what is not named is as in one that has been in use for a while. */
const Quota = v.strictObject({
  /** As Service Quotas calls it: `codebuild`, `lambda`, `fargate`. */
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

export const Scenario = v.strictObject({
  description: v.optional(v.string()),
  /** Start of every random sequence. */
  seed: v.optional(v.pipe(v.number(), v.integer()), 1),
  /** Whether instances of functions serve one invocation after the other, as on Lambda, or one each: all starts are cold then. */
  instances: v.optional(v.picklist(["reused", "fresh"]), "reused"),
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
export type ScenarioInput = v.InferInput<typeof Scenario>;
export type BuildRule = v.InferOutput<typeof BuildRule>;
export type TaskRule = v.InferOutput<typeof TaskRule>;
export type ScanRule = v.InferOutput<typeof ScanRule>;
