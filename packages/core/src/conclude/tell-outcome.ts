import type { RepositoryConfiguration } from "../config/schema.ts";
import type { DomainEvents, ReleaseLedger, VersionTags } from "../ports.ts";
import { imageTagOf } from "../promotion/version.ts";
import type { ReleaseRecord, SideEffect } from "../records.ts";
import { failureReason } from "./failure-reason.ts";
import { releaseEvent } from "./release-event.ts";

export type TellPorts = {
  ledger: Pick<ReleaseLedger, "recordPending">;
  events: DomainEvents;
  versionTags: Pick<VersionTags, "put">;
};

/** What others are to be told once a release has ended; recorded together with its outcome. */
export function sideEffectsOf({ kind }: Pick<ReleaseRecord, "kind">, hasReleased: boolean): SideEffect[] {
  return kind === "promote" && hasReleased ? ["event", "tags"] : ["event"];
}

/**
 * Tells others what they were not told yet of a release that has ended. Midway through, or twice at once, somebody may be
 * told again: events are published at least once, and a tag that is set stays set.
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
    pending.map((effect) =>
      effect === "event" ? publish(ports.events, record) : tag(ports.versionTags, record, images),
    ),
  );
  await ports.ledger.recordPending(
    record,
    pending.filter((_, index) => told[index]?.status === "rejected"),
  );
  const failure = told.find((one) => one.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

async function publish(events: DomainEvents, record: ReleaseRecord): Promise<void> {
  const { detailType, detail } = releaseEvent(record, record.failure && failureReason(record.failure));
  await events.publish(detailType, detail);
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
