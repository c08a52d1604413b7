/**
 * What a permission says, in words that do not change with a place or a configuration; `policy.ts` makes IAM statements of it.
 *
 * Which resource types and condition keys an action has: docs.aws.amazon.com/service-authorization/latest/reference
 */

/** What policies name; `resource-arns.ts` knows the ARNs of each. */
export type Resource =
  // Of the installation itself.
  | "ledger"
  | "stateMachine"
  | "executions"
  | "webhookSecret"
  | "githubCredentials"
  | "buildProjects"
  | "checkProjects"
  | "imageRepositories"
  | "eventBus"
  // Of the environments in the configuration.
  | "services"
  | "serviceDeployments"
  | "serviceRevisions"
  | "tasks"
  | "taskDefinitions"
  | "taskRoles"
  | "containerLogs"
  /** Roles of environments in other accounts or regions. */
  | "environmentRoles";

/** Environments that a permission is for: all, or those that ask for what it serves. */
export type EnvironmentSelection = "all" | "with tasks" | "with alarms";

/** Conditions under which a permission holds. */
export type Condition =
  | "cluster of an environment"
  | "passed to ECS tasks"
  | "tagged when registered"
  | "events of Lockmaster"
  | "nothing of the project overridden";

export type Permission = {
  actions: readonly string[];
  when?: Condition;
  /** What the function needs it for. */
  why: string;
  /** Given for the environments of Lockmaster's own place to the function, for others to the role that it assumes there. */
  environments?: EnvironmentSelection;
} & ({ on: readonly Resource[] } | { on: "*"; because: string });
