/** Simulated tasks: the scenario defines their events and their durations. */
import { createHash } from "node:crypto";
import type { Clock, Timer } from "../../clock/clock.ts";
import { ruleUses } from "../../scenario/rule-uses.ts";
import type { TaskRule } from "../../scenario/scenario.ts";
import type { AlarmSignals } from "../../services/cloudwatch/cloudwatch.ts";
import type {
  ContainerEnd,
  ImageStore,
  RunningTask,
  StoredImage,
  TaskEngine,
  TaskEvent,
  TaskRefusal,
  TaskSpec,
} from "../engine.ts";

/** Roughly Fargate's time for placement, network interface, pull and start. */
const defaultStartSeconds = 20;
const defaultHealthySeconds = 10;
/** By default a container health check fails after three attempts at an interval of 30 seconds. */
const unhealthyAfterSeconds = 90;
const stopSeconds = 5;
/** How long a one-off task runs. */
const defaultRunSeconds = 10;
/** Exit code of a process that SIGTERM ends: 128 + 15. */
const sigtermExitCode = 143;
/** Shares of the start time after which the network interface is attached, and the images are pulled. */
const provisionedAt = 0.4;
const pulledAt = 0.9;
/** Relative random variation of the default durations. */
const jitter = 0.1;

const ecrImage =
  /^\d+\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/(?<repository>[^:@]+)(?:@(?<digest>sha256:[0-9a-f]+)|:(?<tag>[^@]+))?$/;

type Fate = NonNullable<TaskRule["fate"]>;
type ContainerExit = Extract<Fate, { kind: "crash" | "exit" | "out-of-memory" }>;

export type SimulatedTasksOptions = {
  clock: Clock;
  /** A number in [0, 1) from the seeded generator. */
  random: () => number;
  log: (group: string, stream: string, lines: readonly string[]) => void;
  images: ImageStore;
  rules: readonly TaskRule[];
  signals: AlarmSignals;
};

/**
 * Creates the engine that follows the scenario's rules. The first matching rule applies. Without a matching rule a task
 * becomes healthy after about thirty seconds and stays healthy.
 */
export function simulatedTasks(options: SimulatedTasksOptions): TaskEngine {
  const rules = ruleUses(options.rules);
  return {
    refusal(spec) {
      const stored = storedImages(resolveAll(options.images, spec));
      const matchesTask = (rule: TaskRule): boolean => matches(rule, spec, stored);
      const rule = rules.find(matchesTask);
      const type = refusals.get(rule?.fate?.kind);
      if (type === undefined || rule?.fate === undefined || !("message" in rule.fate)) return undefined;
      rules.use(matchesTask);
      return { type, message: rule.fate.message ?? "" };
    },
    start(spec, on) {
      const resolved = resolveAll(options.images, spec);
      const stored = storedImages(resolved);
      const missing = resolved.find(({ digest }) => digest === undefined);
      const digests = Object.fromEntries(resolved.map(({ name, digest }) => [name, digest ?? ""]));
      const rule = rules.use((one) => matches(one, spec, stored));
      const defaultFate = isOneOff(spec) ? exitsWithZero : undefined;
      const fate =
        missing === undefined
          ? (rule?.fate ?? defaultFate)
          : ({ kind: "cannot-pull", message: missing.problem } as const);
      const vary = (seconds: number) => seconds * (1 - jitter + 2 * jitter * options.random());
      const task = { spec, rule, revision: stored[0]?.revision };
      return run(options, task, eventsOf(spec, { rule, fate, digests, vary }), on);
    },
  };
}

const refusals = new Map<Fate["kind"] | undefined, TaskRefusal["type"]>([
  ["no-placement", "unplaced"],
  ["no-launch", "unlaunched"],
]);

function matches(rule: TaskRule, spec: TaskSpec, images: readonly StoredImage[]): boolean {
  const { cluster, commit, oneOff, service } = rule;
  return (
    (oneOff === undefined ? !isOneOff(spec) : isOneOff(spec) && commandOf(spec).includes(oneOff)) &&
    (service === undefined || service === spec.service) &&
    (cluster === undefined || cluster === spec.cluster) &&
    (commit === undefined || images.some(({ revision }) => revision?.startsWith(commit) === true))
  );
}

const isOneOff = ({ service }: TaskSpec): boolean => service === undefined;

const commandOf = ({ containers }: TaskSpec): string => containers.flatMap(({ command = [] }) => command).join(" ");

const exitsWithZero: Fate = {
  kind: "exit",
  afterSeconds: defaultRunSeconds,
  exitCode: 0,
  log: [],
};

const resolveAll = (images: ImageStore, { containers }: TaskSpec) =>
  containers.map(({ name, image }) => ({ name, ...resolve(images, image) }));

const storedImages = (resolved: readonly Resolved[]): StoredImage[] =>
  resolved.flatMap(({ stored }) => (stored === undefined ? [] : [stored]));

type Resolved = { digest?: string; stored?: StoredImage; problem: string };

/** Images of other registries always exist, with a digest that is derived from their name. */
function resolve(images: ImageStore, image: string): Resolved {
  const problem = notFound(image);
  const match = ecrImage.exec(image)?.groups;
  if (match === undefined) {
    const digest = image.split("@")[1] ?? `sha256:${createHash("sha256").update(image).digest("hex")}`;
    return { digest, problem };
  }
  const stored = images.find(match["repository"] ?? "", match["digest"] ?? match["tag"] ?? "latest");
  return stored === undefined ? { problem } : { digest: stored.digest, stored, problem };
}

function notFound(image: string): string {
  return `pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: ${image}: not found`;
}

/** An event at a time after the start. The container writes `log` just before it. */
type TimedEvent = { seconds: number; event: TaskEvent; log?: readonly string[] };

/** A task and its rule. */
type Task = { spec: TaskSpec; rule: TaskRule | undefined; revision: string | undefined };

type EventsOptions = {
  rule: TaskRule | undefined;
  fate: Fate | undefined;
  digests: Readonly<Record<string, string>>;
  vary: (seconds: number) => number;
};

function eventsOf(spec: TaskSpec, { digests, fate, rule, vary }: EventsOptions): TimedEvent[] {
  const start = rule?.startSeconds ?? vary(defaultStartSeconds);
  const provisioned: TimedEvent = { seconds: start * provisionedAt, event: { type: "provisioned" } };
  const running: TimedEvent[] = [
    provisioned,
    { seconds: start * pulledAt, event: { type: "pulled", digests } },
    { seconds: start, event: { type: "running" } },
  ];
  const health = (status: "HEALTHY" | "UNHEALTHY", defaultSeconds: number): TimedEvent => ({
    seconds: start + (rule?.healthySeconds ?? defaultSeconds),
    event: { type: "health", status },
  });
  const healthy = health("HEALTHY", vary(defaultHealthySeconds));
  switch (fate?.kind) {
    case undefined:
      return [...running, healthy];
    case "unhealthy":
      return [...running, health("UNHEALTHY", unhealthyAfterSeconds)];
    case "crash":
    case "exit":
    case "out-of-memory": {
      const seconds = start + fate.afterSeconds;
      const before = [...running, healthy].filter((earlier) => earlier.seconds <= seconds);
      return [...before, { seconds, event: essentialContainerExited(spec, fate), log: fate.log }];
    }
    case "cannot-pull": {
      const message = fate.message ?? notFound(spec.containers[0]?.image ?? "");
      return [provisioned, failedStart(start * pulledAt, `CannotPullContainerError: ${message}`)];
    }
    case "resource-initialization":
      return [failedStart(start * provisionedAt, `ResourceInitializationError: ${fate.message}`)];
    // `refusal` has these.
    case "no-placement":
    case "no-launch":
      return [];
    case "not-registered":
      return [...running, { seconds: start, event: { type: "unregistered", message: fate.message } }];
    case "stopped": {
      const { stopCode, stoppedReason } = fate;
      if (stopCode === "TaskFailedToStart") return [provisioned, failedStart(start * pulledAt, stoppedReason)];
      const event: TaskEvent = { type: "stopped", stopCode, stoppedReason, containers: stoppedBySignal(spec) };
      return [...running, healthy, { seconds: start + fate.afterSeconds, event }];
    }
  }
}

function failedStart(seconds: number, stoppedReason: string): TimedEvent {
  return { seconds, event: { type: "stopped", stopCode: "TaskFailedToStart", stoppedReason, containers: [] } };
}

const stoppedBySignal = ({ containers }: TaskSpec): ContainerEnd[] =>
  containers.map(({ name }) => ({ name, exitCode: sigtermExitCode }));

/** An essential container exits or is killed; ECS stops the others. */
function essentialContainerExited(spec: TaskSpec, fate: ContainerExit): TaskEvent {
  const ended = fate.container ?? essentialContainer(spec)?.name;
  const containers = spec.containers.map(({ name }): ContainerEnd => {
    if (name !== ended) return { name, exitCode: fate.othersExitCode ?? sigtermExitCode };
    if (fate.kind === "out-of-memory") {
      return { name, exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" };
    }
    return fate.exitCode === undefined ? { name } : { name, exitCode: fate.exitCode };
  });
  const stoppedReason = "Essential container in task exited";
  return { type: "stopped", stopCode: "EssentialContainerExited", stoppedReason, containers };
}

function essentialContainer(spec: TaskSpec): TaskSpec["containers"][number] | undefined {
  return spec.containers.find(({ essential }) => essential);
}

/** The container that the rule ends, or the first essential one. */
function loggingContainer({ spec, rule }: Task): TaskSpec["containers"][number] | undefined {
  const ended = rule?.fate !== undefined && "container" in rule.fate ? rule.fate.container : undefined;
  return ended === undefined ? essentialContainer(spec) : spec.containers.find(({ name }) => name === ended);
}

function run(
  options: SimulatedTasksOptions,
  task: Task,
  events: readonly TimedEvent[],
  on: (event: TaskEvent) => void,
): RunningTask {
  const { clock, log } = options;
  const { logGroup, logStream } = loggingContainer(task) ?? {};
  const alarm = alarmOf(options, task);
  const timers = events.map(({ seconds, event, log: lines = [] }) =>
    clock.after(seconds * 1000, () => {
      if (lines.length > 0 && logGroup !== undefined && logStream !== undefined) log(logGroup, logStream, lines);
      if (event.type === "running") alarm.begin();
      if (event.type === "stopped") alarm.end();
      on(event);
    }),
  );
  return {
    stop(done) {
      for (const timer of timers) timer.cancel();
      alarm.end();
      // A service's containers handle SIGTERM and exit with 0; a one-off script has no handler.
      const exitCode = isOneOff(task.spec) ? sigtermExitCode : 0;
      clock.after(stopSeconds * 1000, () => done(task.spec.containers.map(({ name }) => ({ name, exitCode }))));
    },
    respond: () => respond(options, task),
  };
}

/** The alarm of the task's rule, which is raised while the task runs. */
function alarmOf({ clock, signals }: SimulatedTasksOptions, { rule }: Task): { begin(): void; end(): void } {
  const raises = rule?.raises;
  let timer: Timer | undefined;
  let endSignal = () => {};
  return {
    begin() {
      if (raises === undefined) return;
      timer = clock.after(raises.afterSeconds * 1000, () => {
        endSignal = signals.raise(raises.alarm);
      });
    },
    end() {
      timer?.cancel();
      endSignal();
    },
  };
}

async function respond({ clock }: SimulatedTasksOptions, { rule, revision }: Task) {
  const { status = 200, delaySeconds = 0, revision: shown = revision } = rule?.probe ?? {};
  if (delaySeconds > 0) await new Promise<void>((resolve) => clock.after(delaySeconds * 1000, resolve));
  return { status, body: JSON.stringify({ revision: shown }) };
}
