import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { ReleaseRecord, ReleaseSummary, ServiceIntent, ServiceSnapshot } from "../ledger/release-record.ts";

type Services = EnvironmentConfiguration["services"];

/** Where a rollback leads, and what it touches on the way: what its record bears in place of a snapshot of its own. */
export type RollbackTarget = {
  snapshot: Readonly<Record<string, ServiceSnapshot>>;
  intents: Readonly<Record<string, ServiceIntent>>;
  /** The recorded release whose end state it is; absent when it is no recorded one. */
  target?: ReleaseSummary;
  /** What is named as released: the target's, or else what is left. */
  commit: Pick<ReleaseSummary, "ref" | "sha">;
};

/**
 * Back to what a release left: each service that it ran and that the configuration still has. An intent without a task
 * definition says that whatever the service runs is to be left.
 *
 * @param target with everything that the ledger holds of it
 */
export function targetAfter(target: ReleaseRecord, services: Services, at: string): RollbackTarget {
  const snapshot = Object.fromEntries(
    Object.keys(services).flatMap((service) => {
      const before = target.snapshot?.[service];
      const taskDefinition = target.intents?.[service]?.taskDefinition ?? before?.taskDefinition;
      if (taskDefinition === undefined) return [];
      const digests = target.services?.[service] ?? before?.digests ?? {};
      return [[service, { taskDefinition, digests, desiredCount: before?.desiredCount ?? 0 }] as const];
    }),
  );
  const intents = Object.fromEntries(Object.keys(snapshot).map((service) => [service, { at }]));
  return { snapshot, intents, target, commit: target };
}

/**
 * Back to what ran before a release that ended midway: its own snapshot, for the services that it is known to have touched.
 * It is the end state of the last success, unless somebody else changed a service in between.
 *
 * @param last the success before it
 */
export function targetBefore(ended: ReleaseRecord, last: ReleaseSummary | undefined): RollbackTarget {
  const { snapshot = {}, intents = {} } = ended;
  const isStanding =
    last?.services !== undefined &&
    Object.entries(snapshot).every(([service, { digests }]) => {
      const known = last.services?.[service];
      return known !== undefined && Object.entries(digests).every(([name, digest]) => known[name] === digest);
    });
  return isStanding ? { snapshot, intents, target: last, commit: last } : { snapshot, intents, commit: ended };
}
