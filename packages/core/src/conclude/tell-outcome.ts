import type { RepositoryConfiguration } from "../config/schema.ts";
import type { Metrics } from "../metrics.ts";
import type { DomainEvents, ReleaseLedger, VersionTags } from "../ports.ts";
import { imageTagOf } from "../promotion/version.ts";
import type { ReleaseRecord, SideEffect } from "../records.ts";
import { failureReason } from "./failure-reason.ts";
import { releaseEvent } from "./release-event.ts";
import { releaseMeasurements } from "./release-measurements.ts";

export type TellPorts = {
  ledger: Pick<ReleaseLedger, "recordPending">;
  events: DomainEvents;
  versionTags: Pick<VersionTags, "put">;
  metrics: Metrics;
};

/** What others are to be told once a release has ended; recorded together with its outcome. */
export function sideEffectsOf({ kind }: Pick<ReleaseRecord, "kind">, hasReleased: boolean): SideEffect[] {
  return kind === "promote" && hasReleased ? ["event", "tags"] : ["event"];
}

/**
 * Tells others what they were not told yet of a release that has ended. Midway through, or twice at once, somebody may be
 * told again: events are published at least once, and a tag that is set stays set. A release is counted with its event: as often.
 *
 * @param record as the ledger holds it
 * @param images of the repository, as the configuration has them
 * @throws SideEffectError EVENT_NOT_PUBLISHED, VERSION_TAG_NOT_SET; none is kept back by the other's failure
 */
export async function tellOutcome(
  ports: TellPorts,
  record: ReleaseRecord,
  images: RepositoryConfiguration["images"],
): Promise<void> {
  const { pending = [] } = record;
  if (pending.length === 0) return;
  const told = await Promise.allSettled(
    pending.map((effect) => (effect === "event" ? publish(ports, record) : tag(ports.versionTags, record, images))),
  );
  await ports.ledger.recordPending(
    record,
    pending.filter((_, index) => told[index]?.status === "rejected"),
  );
  const failure = told.find((one) => one.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

async function publish({ events, metrics }: TellPorts, record: ReleaseRecord): Promise<void> {
  const { detailType, detail } = releaseEvent(record, record.failure && failureReason(record.failure));
  await events.publish(detailType, detail);
  const { id: release, repository, environment, kind } = record;
  metrics.record(releaseMeasurements(record), { release, repository, environment, kind });
}

/** Names the promoted images in the registry by their version as well. */
async function tag(
  versionTags: Pick<VersionTags, "put">,
  { ref, images: digests = {} }: ReleaseRecord,
  images: RepositoryConfiguration["images"],
): Promise<void> {
  const tagged = await Promise.allSettled(
    Object.entries(digests).map(async ([image, digest]) => {
      const repository = images[image]?.repository;
      if (repository !== undefined) await versionTags.put(repository, digest, imageTagOf(ref));
    }),
  );
  const failure = tagged.find((one) => one.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}
