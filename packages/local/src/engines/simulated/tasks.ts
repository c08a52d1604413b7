/** Tasks that run nothing: what becomes of them, and when, stands in the scenario. */
import { createHash } from "node:crypto";
import type { Clock, Timer } from "../../clock.ts";
import type { TaskRule } from "../../scenario.ts";
import type { ContainerEnd, ImageStore, RunningTask, StoredImage, TaskEngine, TaskEvent, TaskSpec } from "../engine.ts";

/** Roughly what Fargate needs: placement and network interface, then the pull, then the start. */
const defaultStartSeconds = 20;
const defaultHealthySeconds = 10;
/** The container health check's defaults are three tries, 30 seconds apart. */
const unhealthyAfterSeconds = 90;
const stopSeconds = 5;
/** How much of the start is over when the network is there, and when the images are. */
const provisionedAt = 0.4;
const pulledAt = 0.9;
/** Nothing takes exactly as long as the last time. */
const jitter = 0.1;

const ecrImage =
  /^\d+\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/(?<repository>[^:@]+)(?:@(?<digest>sha256:[0-9a-f]+)|:(?<tag>[^@]+))?$/;

type Fate = NonNullable<TaskRule["fate"]>;

export type SimulatedTasksOptions = {
  clock: Clock;
  /** A number in [0, 1) from the seeded generator. */
  random: () => number;
  log: (group: string, stream: string, lines: readonly string[]) => void;
  images: ImageStore;
  rules: readonly TaskRule[];
};

/**
 * Makes the engine that follows the scenario's rules: the first that matches a task decides; without one the task becomes
 * healthy after about thirty seconds and stays so.
 */
export function simulatedTasks(options: SimulatedTasksOptions): TaskEngine {
  const used = new Map<TaskRule, number>();

  function ruleFor(spec: TaskSpec, images: readonly StoredImage[]): TaskRule | undefined {
    const rule = options.rules.find(
      (one) => matches(one, spec, images) && (one.times === undefined || (used.get(one) ?? 0) < one.times),
    );
    if (rule !== undefined) used.set(rule, (used.get(rule) ?? 0) + 1);
    return rule;
  }

  return {
    start(spec, on) {
      const resolved = spec.containers.map(({ name, image }) => ({ name, ...resolve(options.images, image) }));
      const stored = resolved.flatMap((one) => (one.stored === undefined ? [] : [one.stored]));
      const missing = resolved.find(({ digest }) => digest === undefined);
      const digests = Object.fromEntries(resolved.map(({ name, digest }) => [name, digest ?? ""]));
      const rule = ruleFor(spec, stored);
      const fate = missing === undefined ? rule?.fate : ({ kind: "cannot-pull", message: missing.problem } as const);
      return runTask(options, spec, on, { rule, fate, digests });
    },
  };
}

function matches(rule: TaskRule, spec: TaskSpec, images: readonly StoredImage[]): boolean {
  const { cluster, commit, service } = rule;
  return (
    (service === undefined || service === spec.service) &&
    (cluster === undefined || cluster === spec.cluster) &&
    (commit === undefined || images.some(({ revision }) => revision?.startsWith(commit) === true))
  );
}

type Resolved = { digest?: string; stored?: StoredImage; problem: string };

/** Images of other registries always exist, under a digest that follows from their name. */
function resolve(images: ImageStore, image: string): Resolved {
  const problem = `pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: ${image}: not found`;
  const match = ecrImage.exec(image)?.groups;
  if (match === undefined) {
    const digest = image.split("@")[1] ?? `sha256:${createHash("sha256").update(image).digest("hex")}`;
    return { digest, problem };
  }
  const stored = images.find(match["repository"] ?? "", match["digest"] ?? match["tag"] ?? "latest");
  return stored === undefined ? { problem } : { digest: stored.digest, stored, problem };
}

type Course = { rule: TaskRule | undefined; fate: Fate | undefined; digests: Readonly<Record<string, string>> };

function runTask(
  { clock, log, random }: SimulatedTasksOptions,
  spec: TaskSpec,
  on: (event: TaskEvent) => void,
  { rule, fate, digests }: Course,
): RunningTask {
  const timers = new Set<Timer>();
  const at = (seconds: number, run: () => void) => {
    const timer = clock.after(seconds * 1000, () => {
      timers.delete(timer);
      run();
    });
    timers.add(timer);
  };
  const end = () => {
    for (const timer of timers) timer.cancel();
    timers.clear();
  };
  const vary = (seconds: number) => seconds * (1 - jitter + 2 * jitter * random());
  const startSeconds = rule?.startSeconds ?? vary(defaultStartSeconds);
  const stopped = (event: Omit<Extract<TaskEvent, { type: "stopped" }>, "type">) => {
    end();
    on({ type: "stopped", ...event });
  };

  const run = () => {
    on({ type: "running" });
    const check = fate?.kind === "unhealthy" ? "UNHEALTHY" : "HEALTHY";
    const usual = check === "HEALTHY" ? vary(defaultHealthySeconds) : unhealthyAfterSeconds;
    at(rule?.healthySeconds ?? usual, () => on({ type: "health", status: check }));
  };

  if (fate?.kind === "no-placement") {
    at(1, () => on({ type: "unplaced", message: fate.message }));
  } else if (fate?.kind === "resource-initialization") {
    at(startSeconds * provisionedAt, () => stopped(failedStart(`ResourceInitializationError: ${fate.message}`)));
  } else {
    at(startSeconds * provisionedAt, () => on({ type: "provisioned" }));
    if (fate?.kind === "cannot-pull") {
      const message = fate.message ?? "pull image manifest has been retried 7 time(s)";
      at(startSeconds * pulledAt, () => stopped(failedStart(`CannotPullContainerError: ${message}`)));
    } else {
      at(startSeconds * pulledAt, () => on({ type: "pulled", digests }));
      at(startSeconds, run);
      if (fate?.kind === "crash" || fate?.kind === "out-of-memory") {
        at(startSeconds + fate.afterSeconds, () => {
          lastWords(log, spec, fate.log);
          stopped(essentialContainerExited(spec, fate));
        });
      }
    }
  }

  return {
    stop(done) {
      end();
      at(stopSeconds, () => done(spec.containers.map(({ name }) => ({ name, exitCode: 0 }))));
    },
  };
}

function failedStart(stoppedReason: string) {
  return { stopCode: "TaskFailedToStart", stoppedReason, containers: [] } as const;
}

/** The first essential container is the one that dies; the others are stopped with it. */
function essentialContainerExited(spec: TaskSpec, fate: Extract<Fate, { kind: "crash" | "out-of-memory" }>) {
  const culprit = spec.containers.find(({ essential }) => essential);
  const containers = spec.containers.map(({ name }): ContainerEnd => {
    if (name !== culprit?.name) return { name, exitCode: 0 };
    return fate.kind === "crash"
      ? { name, exitCode: fate.exitCode }
      : { name, exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" };
  });
  return {
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
    containers,
  } as const;
}

function lastWords(log: SimulatedTasksOptions["log"], spec: TaskSpec, lines: readonly string[]): void {
  const culprit = spec.containers.find(({ essential }) => essential);
  if (culprit?.logGroup === undefined || culprit.logStream === undefined || lines.length === 0) return;
  log(culprit.logGroup, culprit.logStream, lines);
}
