import * as v from "valibot";
import { Environment } from "../config/schema.ts";
import type { EnvironmentConfiguration } from "../config/schema.ts";

/** What a release changes and how it is judged, as its plan found it in the configuration. */
export const ReleaseTarget = v.pick(Environment, [
  "account",
  "cluster",
  "services",
  "tasks",
  "health",
  "firstDeployment",
]);
export type ReleaseTarget = v.InferOutput<typeof ReleaseTarget>;

export function targetOf({
  account,
  cluster,
  services,
  tasks,
  health,
  firstDeployment,
}: EnvironmentConfiguration): ReleaseTarget {
  return { ...(account !== undefined && { account }), cluster, services, tasks, health, firstDeployment };
}
