/**
 * Whether ECS could ever start or stop a task of a rolling update. ECS rounds the minimum up and the maximum down:
 * docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
 */

/** The settings of a service that decide how ECS replaces its tasks. */
export type DeploymentSettings = {
  /** For a daemon, the number of instances that run it. */
  desiredCount: number;
  minimumHealthyPercent: number;
  maximumPercent: number;
  /** `ROLLING`, `BLUE_GREEN`, `LINEAR`, `CANARY`. */
  strategy: string;
  isDaemon: boolean;
  /** Ports of the container instance that a task reserves; empty where each task has its own network interface. */
  hostPorts: readonly number[];
  /** Instances in the cluster; absent where more may be added by themselves (capacity providers), or the number is not known. */
  instances?: number;
};

/** Why ECS cannot deploy the service, and what to change. */
export type Deadlock = { kind: "percentages" | "host-ports"; problem: string; remedy: string };

export function deadlockOf(settings: DeploymentSettings): Deadlock | undefined {
  if (settings.desiredCount === 0) return undefined;
  return ofPercentages(settings) ?? ofHostPorts(settings);
}

/** Most tasks that may run, and least that must, during a rolling update. */
function boundsOf({ desiredCount, minimumHealthyPercent, maximumPercent }: DeploymentSettings) {
  return {
    least: Math.ceil((desiredCount * minimumHealthyPercent) / 100),
    most: Math.floor((desiredCount * maximumPercent) / 100),
  };
}

/** Only rolling updates follow the percentages; the other strategies start a whole second set of tasks. */
function ofPercentages(settings: DeploymentSettings): Deadlock | undefined {
  const { desiredCount, minimumHealthyPercent, maximumPercent, strategy, isDaemon } = settings;
  const { least, most } = boundsOf(settings);
  if (strategy !== "ROLLING" || most > desiredCount || least < desiredCount) return undefined;
  const minimum = `minimumHealthyPercent to at most ${Math.floor(((desiredCount - 1) * 100) / desiredCount)}`;
  const maximum = `maximumPercent to at least ${Math.ceil(((desiredCount + 1) * 100) / desiredCount)}`;
  return {
    kind: "percentages",
    problem: `with ${tasks(desiredCount)}, minimumHealthyPercent ${minimumHealthyPercent} means at least ${least} and maximumPercent ${maximumPercent} at most ${most}, so ECS can neither stop nor start a task`,
    // A daemon has one task on each instance: a second one never fits.
    remedy: isDaemon ? `set ${minimum}` : `set ${maximum}, or ${minimum}`,
  };
}

/** An instance has each port once: a new task needs an instance without an old one. A daemon has one task on each instance. */
function ofHostPorts(settings: DeploymentSettings): Deadlock | undefined {
  const { desiredCount, strategy, isDaemon, hostPorts, instances } = settings;
  if (isDaemon || hostPorts.length === 0 || instances === undefined) return undefined;
  const canStopFirst = strategy === "ROLLING" && boundsOf(settings).least < desiredCount;
  const needed = canStopFirst ? desiredCount : strategy === "ROLLING" ? desiredCount + 1 : 2 * desiredCount;
  if (instances >= needed) return undefined;
  const ports = `host ${hostPorts.length === 1 ? "port" : "ports"} ${hostPorts.join(", ")}`;
  const stopFirst = `set minimumHealthyPercent to at most ${Math.floor(((desiredCount - 1) * 100) / desiredCount)}, `;
  return {
    kind: "host-ports",
    problem: `each task reserves ${ports} of an instance, and a deployment of ${tasks(desiredCount)} needs ${needed} instances, of which the cluster has ${instances}`,
    remedy: `use dynamic host ports (hostPort 0), ${canStopFirst || strategy !== "ROLLING" ? "" : stopFirst}or add instances`,
  };
}

const tasks = (count: number) => `${count} desired ${count === 1 ? "task" : "tasks"}`;
