/** A command to run by itself, where a service runs. */
export type TaskRequest = {
  cluster: string;
  /** Name of the ECS service whose network and capacity are used. */
  service: string;
  /** ARN. */
  taskDefinition: string;
  container: string;
  command: readonly string[];
  /** Under which the task is found again: at most 128 letters, digits, hyphens, slashes and underscores. */
  startedBy: string;
  /** At most 64 characters; the same one starts nothing twice within a day. */
  clientToken: string;
};

export type TaskStart =
  | { state: "started"; taskArn: string }
  /** There is no place for it now; there may be later. */
  | { state: "no-capacity"; reason: string }
  | { state: "refused"; reason: string };

/** A task at one moment. */
export type ObservedTask = {
  taskArn: string;
  /** ECS wants it to run; what ends it otherwise, ends it from outside. */
  wanted: boolean;
  /** STOPPED: nothing of it will change any more. */
  stopped: boolean;
  stopCode?: string;
  stoppedReason?: string;
  containers: readonly { name: string; exitCode?: number; reason?: string }[];
};

/** Tasks of ECS that no service replaces. */
export type OneOffTasks = {
  /** @throws RejectedError SERVICE_NOT_FOUND, AWS_REFUSED */
  run(request: TaskRequest): Promise<TaskStart>;
  /** Undefined when ECS does not know it: not yet, or not any more (an hour after it stopped). */
  describe(cluster: string, taskArn: string): Promise<ObservedTask | undefined>;
  /** ARNs of tasks that ECS wants to run. */
  startedBy(cluster: string, startedBy: string): Promise<readonly string[]>;
  /** One that has stopped, or that ECS does not know, stays as it is. @param reason shown with the task */
  stop(cluster: string, taskArn: string, reason: string): Promise<void>;
};
