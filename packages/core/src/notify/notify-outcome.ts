import type { RepositoryConfiguration } from "../config/schema.ts";
import { RejectedError } from "../lib/errors.ts";
import type { Metrics } from "../contract/metrics.ts";
import type { ReleaseLedger } from "../ledger/ports.ts";
import type { DomainEvents } from "./ports.ts";
import type { VersionTags } from "../promotion/ports.ts";
import { imageTagOf } from "../promotion/version.ts";
import type { ReleaseRecord, SideEffect } from "../ledger/release-record.ts";
import { failureReason } from "./failure-reason.ts";
import { releaseEvent } from "./release-event.ts";
import { releaseMeasurements } from "./release-measurements.ts";

export type NotifyPorts = {
  ledger: Pick<ReleaseLedger, "recordPending">;
  events: DomainEvents;
  versionTags: Pick<VersionTags, "put">;
  metrics: Metrics;
  /** For the log: told once of what others will never be told, and why. */
  logAbandoned: (why: string) => void;
};

/** What others are to be told once a release has ended; recorded together with its outcome. */
export function sideEffectsOf({ kind }: Pick<ReleaseRecord, "kind">, hasReleased: boolean): SideEffect[] {
  return kind === "promote" && hasReleased ? ["event", "tags"] : ["event"];
}

/**
 * Tells others what they were not told yet of a release that has ended. Midway through, or twice at once, somebody may be
 * told again: events are published at least once, and a tag that is set stays set. A release is counted with its event: as often.
 * What can never be done is given up, with a note in the record and the log.
 *
 * @param record as the ledger holds it
 * @param images of the repository, as the configuration has them
 * @throws SideEffectError EVENT_NOT_PUBLISHED, VERSION_TAG_NOT_SET; none is kept back by the other's failure
 */
export async function notifyOutcome(
  ports: NotifyPorts,
  record: ReleaseRecord,
  images: RepositoryConfiguration["images"],
): Promise<void> {
  const { pending = [] } = record;
  if (pending.length === 0) return;
  const told = await Promise.allSettled(
    pending.map((effect) => (effect === "event" ? publish(ports, record) : tag(ports.versionTags, record, images))),
  );
  const open = pending.filter((_, index) => isToTryAgain(told[index]));
  const abandoned = told.flatMap((one) => (isFinal(one) ? [one.reason.message] : []));
  await ports.ledger.recordPending(record, open, abandoned);
  abandoned.forEach(ports.logAbandoned);
  throwFirst(told.filter(isToTryAgain));
}

type Told = PromiseSettledResult<void>;

const isFinal = (one: Told): one is PromiseRejectedResult & { reason: RejectedError } =>
  one.status === "rejected" && one.reason instanceof RejectedError;

const isToTryAgain = (one: Told | undefined): boolean => one?.status === "rejected" && !isFinal(one);

function throwFirst(told: readonly Told[]): void {
  const failure = told.find((one) => one.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

async function publish({ events, metrics }: NotifyPorts, record: ReleaseRecord): Promise<void> {
  const { detailType, detail } = releaseEvent(record, record.failure && failureReason(record.failure));
  await events.publish(detailType, detail);
  const { id: release, repository, environment, kind } = record;
  metrics.record(releaseMeasurements(record), { release, repository, environment, kind });
}

/** Names the promoted images in the registry by their version as well. @throws SideEffectError, RejectedError VERSION_TAG_NOT_SET */
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
  // While one of them may yet be tagged, none is given up.
  throwFirst(tagged.filter(isToTryAgain));
  throwFirst(tagged);
}
