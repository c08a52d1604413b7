/**
 * A permission in terms that do not depend on an account, a region or a configuration; `policy.ts` makes IAM statements of it.
 *
 * Resource types and condition keys of each action: docs.aws.amazon.com/service-authorization/latest/reference
 */

import type { Partition } from "./partitions.ts";

/** Resources that policies name; `resource-arns.ts` has the ARNs of each. */
export type Resource =
  // Resources of the installation.
  | "ledger"
  | "stateMachine"
  | "executions"
  | "webhookSecret"
  | "githubCredentials"
  | "buildProjects"
  | "checkProjects"
  | "buildLogs"
  | "imageRepositories"
  | "eventBus"
  // Resources of the environments in the configuration.
  | "clusters"
  | "services"
  | "serviceDeployments"
  | "serviceRevisions"
  | "tasks"
  | "taskDefinitionFamilies"
  | "taskDefinitions"
  | "taskRoles"
  | "containerLogs"
  /** Roles of environments in other accounts or regions. */
  | "environmentRoles";

/** Environments that a permission is for: all, or those that use the feature which needs it. */
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
  /** The part of the ledger that it is limited to. */
  partition?: Partition;
  /** Why the function needs it. */
  why: string;
  /** For environments in Lockmaster's own account and region the function gets it; for others, the role that the function assumes. */
  environments?: EnvironmentSelection;
} & ({ on: readonly Resource[] } | { on: "*"; because: string });
