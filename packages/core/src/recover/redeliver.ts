import type { DeliveryWalk } from "../ledger/reconcile-progress.ts";
import type { ReconcileLedger } from "../ledger/ports.ts";
import type { Deliveries, Delivery } from "./ports.ts";

export type DeliveryPorts = {
  ledger: Pick<ReconcileLedger, "isRedelivered" | "recordRedelivery">;
  deliveries: Deliveries;
};

const minute = 60_000;
/** GitHub redelivers what is younger. */
const oldestMs = 3 * 24 * 60 * minute;
/** A delivery is listed once it has ended; so long later it surely is. */
const overlapMs = 10 * minute;
const pagesPerRun = 2;

/**
 * Has GitHub deliver again, once, what it could not deliver. GitHub's list is walked from the newest back to where the last
 * walk began; a long one is gone on with in the next run.
 *
 * A delivery that comes again starts nothing twice: its executions bear the same names. It is noted after it was asked for:
 * when that note is lost it comes another time.
 *
 * @param walk where the last run stopped
 * @returns where this one did, and how many were asked for
 */
export async function redeliverFailed(
  { ledger, deliveries }: DeliveryPorts,
  walk: DeliveryWalk | undefined,
  now: Date,
): Promise<{ walk: DeliveryWalk; count: number }> {
  const began = walk?.cursor === undefined ? now : new Date(walk.began);
  const since = Math.max(now.getTime() - oldestMs, Date.parse(walk?.since ?? "") || 0);
  let cursor = walk?.cursor;
  let count = 0;
  for (let page = 0; page < pagesPerRun; page += 1) {
    const { deliveries: found, next } = await deliveries.page(cursor);
    const recent = found.filter(({ deliveredAt }) => Date.parse(deliveredAt) >= since);
    for (const delivery of recent.filter(isLost)) {
      if (await ledger.isRedelivered(delivery.guid)) continue;
      await deliveries.redeliver(delivery.id);
      await ledger.recordRedelivery(delivery.guid, now.toISOString());
      count += 1;
    }
    cursor = recent.length < found.length ? undefined : next;
    if (cursor === undefined) break;
  }
  const stopped =
    cursor === undefined
      ? { since: new Date(began.getTime() - overlapMs).toISOString() }
      : { since: new Date(since).toISOString(), cursor };
  return { walk: { ...stopped, began: began.toISOString() }, count };
}

/** What failed at a redelivery was delivered twice in vain. */
const isLost = ({ succeeded, redelivery }: Delivery): boolean => !succeeded && !redelivery;
