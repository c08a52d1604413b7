import type { ContainerEnd } from "../ecs/container-ends.ts";

/** A command to run as a task, with the network and capacity of a service. */
export type TaskRequest = {
  cluster: string;
  /** Name of the ECS service whose network and capacity are used. */
  service: string;
  /** ARN. */
  taskDefinition: string;
  container: string;
  command: readonly string[];
  /** Identifies the task in ListTasks: at most 128 letters, digits, hyphens, slashes and underscores. */
  startedBy: string;
  /** At most 64 characters; ECS starts one task for a token within 24 hours. */
  clientToken: string;
};

export type TaskStart =
  | { state: "started"; taskArn: string }
  /** No capacity now; a retry may succeed. */
  | { state: "no-capacity"; reason: string }
  | { state: "refused"; reason: string };

/** A task as ECS describes it. */
export type ObservedTask = {
  taskArn: string;
  /** Its desired status is RUNNING. */
  wanted: boolean;
  /** Its last status is STOPPED, which is final. */
  stopped: boolean;
  stopCode?: string;
  stoppedReason?: string;
  containers: readonly ContainerEnd[];
};

/** One-off tasks, which no service replaces. */
export type OneOffTasks = {
  /** @throws RejectedError SERVICE_NOT_FOUND, AWS_REFUSED */
  run(request: TaskRequest): Promise<TaskStart>;
  /** Undefined if ECS does not know it: not yet, or no longer (an hour after it stopped). */
  describe(cluster: string, taskArn: string): Promise<ObservedTask | undefined>;
  /** ARNs of tasks with the desired status RUNNING. */
  startedBy(cluster: string, startedBy: string): Promise<readonly string[]>;
  /** Changes nothing if the task has stopped or ECS does not know it. @param reason shown with the task */
  stop(cluster: string, taskArn: string, reason: string): Promise<void>;
};
