import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { ReleaseRecord, ReleaseSummary, ServiceIntent, ServiceSnapshot } from "../ledger/release-record.ts";

/** What a rollback restores: its record holds this in place of a snapshot of its own. */
export type StateToRestore = {
  snapshot: Readonly<Record<string, ServiceSnapshot>>;
  intents: Readonly<Record<string, ServiceIntent>>;
  /** The recorded release that left this state; absent when no recorded release did. */
  leftBy?: ReleaseSummary;
  /** The commit that the rollback names: that of `leftBy`, or else that of the release which it rolls back. */
  commit: Pick<ReleaseSummary, "ref" | "sha">;
};

/**
 * What a release left: each service that it knew and that the configuration still has. An intent without a task definition
 * says that the rollback changes the service whatever it runs now.
 *
 * @param release with everything that the ledger holds of it
 */
export function stateLeftBy(
  release: ReleaseRecord,
  services: EnvironmentConfiguration["services"],
  at: string,
): StateToRestore {
  const snapshot = Object.fromEntries(
    Object.keys(services).flatMap((service) => {
      const before = release.snapshot?.[service];
      const taskDefinition = release.intents?.[service]?.taskDefinition ?? before?.taskDefinition;
      if (taskDefinition === undefined) return [];
      const digests = release.services?.[service] ?? before?.digests ?? {};
      return [[service, { taskDefinition, digests, desiredCount: before?.desiredCount ?? 0 }] as const];
    }),
  );
  const intents = Object.fromEntries(Object.keys(snapshot).map((service) => [service, { at }]));
  return { snapshot, intents, leftBy: release, commit: release };
}

/**
 * What ran before a release that ended midway: its own snapshot, for the services that it is known to have changed. The last
 * success left this state, unless something else changed a service in between.
 *
 * @param last the success before it
 */
export function stateBefore(ended: ReleaseRecord, last: ReleaseSummary | undefined): StateToRestore {
  const { snapshot = {}, intents = {} } = ended;
  const isLeftByLast =
    last?.services !== undefined &&
    Object.entries(snapshot).every(([service, { digests }]) => {
      const known = last.services?.[service];
      return known !== undefined && Object.entries(digests).every(([name, digest]) => known[name] === digest);
    });
  return isLeftByLast ? { snapshot, intents, leftBy: last, commit: last } : { snapshot, intents, commit: ended };
}
