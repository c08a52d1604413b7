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
  /** Logs, once, why a notification was abandoned. */
  logAbandoned: (why: string) => void;
};

/** The notifications of a release's end; recorded as pending together with the outcome. */
export function sideEffectsOf({ kind }: Pick<ReleaseRecord, "kind">, hasReleased: boolean): SideEffect[] {
  return kind === "promote" && hasReleased ? ["event", "tags"] : ["event"];
}

/**
 * Sends the pending notifications of an ended release. Events are published at least once, and metrics are counted with them, so
 * an interrupted or concurrent call may send both again; a tag that is set stays set. A notification that can never succeed is
 * abandoned, and the record and the log have the reason.
 *
 * @param record as the ledger has it
 * @param images of the repository, as the configuration has them
 * @throws SideEffectError EVENT_NOT_PUBLISHED, VERSION_TAG_NOT_SET; one failure does not stop the other notification
 */
export async function notifyOutcome(
  ports: NotifyPorts,
  record: ReleaseRecord,
  images: RepositoryConfiguration["images"],
): Promise<void> {
  const { pending = [] } = record;
  if (pending.length === 0) return;
  const results = await Promise.allSettled(
    pending.map((effect) => (effect === "event" ? publish(ports, record) : tag(ports.versionTags, record, images))),
  );
  const open = pending.filter((_, index) => isRetryable(results[index]));
  const abandoned = results.flatMap((one) => (isFinal(one) ? [one.reason.message] : []));
  await ports.ledger.recordPending(record, open, abandoned);
  abandoned.forEach(ports.logAbandoned);
  throwFirst(results.filter(isRetryable));
}

type Result = PromiseSettledResult<void>;

const isFinal = (one: Result): one is PromiseRejectedResult & { reason: RejectedError } =>
  one.status === "rejected" && one.reason instanceof RejectedError;

const isRetryable = (one: Result | undefined): boolean => one?.status === "rejected" && !isFinal(one);

function throwFirst(results: readonly Result[]): void {
  const failure = results.find((one) => one.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

async function publish({ events, metrics }: NotifyPorts, record: ReleaseRecord): Promise<void> {
  const { detailType, detail } = releaseEvent(record, record.failure && failureReason(record.failure));
  await events.publish(detailType, detail);
  const { id: release, repository, environment, kind } = record;
  metrics.record(releaseMeasurements(record), { release, repository, environment, kind });
}

/** Adds the version tag to the promoted images. @throws SideEffectError, RejectedError VERSION_TAG_NOT_SET */
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
  // A retryable failure comes first: the tags are abandoned only when none of them can be set later.
  throwFirst(tagged.filter(isRetryable));
  throwFirst(tagged);
}
