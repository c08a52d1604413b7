/** How a container of a task ended, as ECS describes it. */
export type ContainerEnd = {
  name: string;
  exitCode?: number;
  reason?: string;
  /** Whether its end stops the whole task; absent where the task definition could not be read. */
  essential?: boolean;
};

/**
 * Exit codes of containers that ECS itself ended after another one had exited: 128 and the number of SIGKILL, SIGTERM, or the
 * image's STOPSIGNAL (SIGINT, SIGQUIT).
 * docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
 */
const endedByEcs: ReadonlySet<number> = new Set([130, 131, 137, 143]);

/** The containers whose end can stop a task. One that is not known to be non-essential counts as essential, as in ECS. */
export const essentialOf = (containers: readonly ContainerEnd[]): readonly ContainerEnd[] =>
  containers.filter(({ essential }) => essential !== false);

export const ranOutOfMemory = ({ reason }: ContainerEnd): boolean => reason?.startsWith("OutOfMemory") === true;

/** Whether ECS's own stop does not explain the container's end. */
export const failedByItself = (container: ContainerEnd): boolean =>
  ranOutOfMemory(container) ||
  (container.exitCode !== undefined && container.exitCode !== 0 && !wasStoppedBySignal(container));

export const wasStoppedBySignal = ({ exitCode }: ContainerEnd): boolean =>
  exitCode !== undefined && endedByEcs.has(exitCode);

/**
 * The container that ended first. ECS stops all others of the task then, and does not report which came first. A container that
 * exited with 0 ended before one that a signal stopped: an essential container must not end at all.
 */
export function culpritOf(containers: readonly ContainerEnd[]): ContainerEnd | undefined {
  const essential = essentialOf(containers);
  return (
    essential.find(ranOutOfMemory) ??
    essential.find(failedByItself) ??
    essential.find(({ exitCode }) => exitCode === 0) ??
    essential.find(({ exitCode }) => exitCode !== undefined) ??
    essential.find(({ reason }) => reason !== undefined) ??
    essential[0]
  );
}
