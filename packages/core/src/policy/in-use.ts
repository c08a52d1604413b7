import type { Configuration } from "../config/configuration.ts";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import { type TaskDefinitionNames, taskDefinitionsOf } from "../config/task-definitions.ts";
import type { Ledger } from "../ledger/ports.ts";
import { targetOf, type ReleaseTarget } from "../ledger/release-target.ts";
import { asPlanned } from "./as-planned.ts";

/** What a release under way changes, and may have to roll back. */
export type EnvironmentInUse = {
  repository: string;
  environment: string;
  /** Id of the release. */
  release: string;
  target: ReleaseTarget;
  /** What Lockmaster is permitted to register, pass and read there now. */
  taskDefinitions: TaskDefinitionNames;
};

/** Something that a release under way needs and a configuration no longer has. */
export type Removal = Pick<EnvironmentInUse, "repository" | "environment" | "release"> & { removes: readonly string[] };

const page = 100;

/** Environments with a release that has not ended, or that has left its environment half changed. */
export async function environmentsInUse(
  ledger: Pick<Ledger, "agenda" | "release" | "lock" | "configuration">,
): Promise<EnvironmentInUse[]> {
  const found: EnvironmentInUse[] = [];
  let after: string | undefined;
  do {
    const entries = await ledger.agenda(after, page);
    for (const entry of entries) {
      const { repository, environment } = entry;
      const [record, stored] = await Promise.all([ledger.release(entry), ledger.configuration(repository)]);
      const planned = asPlanned(stored, entry, record)?.configuration.environments ?? {};
      const configured = Object.hasOwn(planned, environment) ? planned[environment] : undefined;
      // A check has no environment.
      if (record === undefined || configured === undefined) continue;
      const { dirty, holder } = await ledger.lock(entry);
      const isHalfChanged = dirty && holder?.executionArn === entry.executionArn;
      if (record.status !== "open" && !isHalfChanged) continue;
      found.push({
        repository,
        environment,
        release: record.id,
        target: targetOf(configured),
        taskDefinitions: taskDefinitionsOf(configured),
      });
    }
    after = entries.length < page ? undefined : entries.at(-1)?.executionArn;
  } while (after !== undefined);
  return found;
}

/** What a configuration would take from releases under way: their functions would lose the permission to end or roll back. */
export function removalsInUse(
  { repositories }: Pick<Configuration, "repositories">,
  inUse: readonly EnvironmentInUse[],
): Removal[] {
  return inUse.flatMap(({ target, taskDefinitions, ...which }) => {
    const environments = new Map(Object.entries(repositories[which.repository]?.environments ?? {}));
    const next = environments.get(which.environment);
    const removes =
      next === undefined ? [`the environment ${which.environment}`] : missingIn(next, target, taskDefinitions);
    return removes.length === 0 ? [] : [{ ...which, removes }];
  });
}

function missingIn(next: EnvironmentConfiguration, target: ReleaseTarget, needed: TaskDefinitionNames): string[] {
  const namesOf = ({ services }: Pick<ReleaseTarget, "services">) =>
    Object.values(services).map(({ service }) => service);
  const permitted = taskDefinitionsOf(next);
  return [
    ...(next.cluster === target.cluster ? [] : [`the cluster ${target.cluster}`]),
    ...(next.account?.role === target.account?.role
      ? []
      : [`the role ${target.account?.role ?? "of its own account"}`]),
    ...(next.account?.region === target.account?.region
      ? []
      : [`the region ${target.account?.region ?? "of its own"}`]),
    ...lacking("the service", namesOf(target), namesOf(next)),
    ...lacking("the task definition family", needed.families, permitted.families),
    ...lacking("the role of task definitions", needed.roles, permitted.roles),
    ...lacking("the alarm", target.health.alarms, next.health.alarms),
  ];
}

const lacking = (what: string, needed: readonly string[], present: readonly string[]): string[] =>
  [...new Set(needed)].filter((name) => !present.includes(name)).map((name) => `${what} ${name}`);
