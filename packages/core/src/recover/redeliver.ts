import type { DeliveryWalk } from "../ledger/reconcile-progress.ts";
import type { ReconcileLedger } from "../ledger/ports.ts";
import type { Deliveries, Delivery } from "./ports.ts";

export type DeliveryPorts = {
  ledger: Pick<ReconcileLedger, "isRedelivered" | "recordRedelivery">;
  deliveries: Deliveries;
};

const minute = 60_000;
/** GitHub does not redeliver older deliveries. */
const maxAgeMs = 3 * 24 * 60 * minute;
/** GitHub lists a delivery only once it has ended; after this long it is in the list. */
const overlapMs = 10 * minute;
/** Of 100 deliveries of all kinds. */
const pagesPerRun = 4;

/**
 * Has GitHub redeliver each failed delivery once. Walks GitHub's list from the newest delivery back to the start of the last walk;
 * the next run continues a long walk.
 *
 * A redelivery starts nothing twice, since its executions have the same names. It is recorded after it was requested: when the
 * record is lost, GitHub delivers once more. A delivery that was too large is not redelivered, but reported once.
 *
 * @param walk where the last run stopped
 * @returns where this run stopped, how many redeliveries it requested, and the GUIDs of deliveries that cannot be processed
 */
export async function redeliverFailed(
  { ledger, deliveries }: DeliveryPorts,
  walk: DeliveryWalk | undefined,
  now: Date,
): Promise<{ walk: DeliveryWalk; count: number; tooLarge: readonly string[] }> {
  const began = walk?.cursor === undefined ? now : new Date(walk.began);
  const since = Math.max(now.getTime() - maxAgeMs, Date.parse(walk?.since ?? "") || 0);
  let cursor = walk?.cursor;
  let count = 0;
  const tooLarge: string[] = [];
  /** Newer attempts are listed first: an operator may have had one of these redelivered. */
  const arrived = new Set<string>();
  for (let page = 0; page < pagesPerRun; page += 1) {
    const { deliveries: found, next } = await deliveries.page(cursor);
    for (const { guid, succeeded } of found) if (succeeded) arrived.add(guid);
    const recent = found.filter(({ deliveredAt }) => Date.parse(deliveredAt) >= since);
    for (const delivery of recent.filter(isLost)) {
      if (arrived.has(delivery.guid)) continue;
      if (await ledger.isRedelivered(delivery.guid)) continue;
      if (delivery.tooLarge) tooLarge.push(delivery.guid);
      else await deliveries.redeliver(delivery.id);
      await ledger.recordRedelivery(delivery.guid, now.toISOString());
      if (!delivery.tooLarge) count += 1;
    }
    cursor = recent.length < found.length ? undefined : next;
    if (cursor === undefined) break;
  }
  const stopped =
    cursor === undefined
      ? { since: new Date(began.getTime() - overlapMs).toISOString() }
      : { since: new Date(since).toISOString(), cursor };
  return { walk: { ...stopped, began: began.toISOString() }, count, tooLarge };
}

/** A failed redelivery is not repeated. */
const isLost = ({ succeeded, redelivery }: Delivery): boolean => !succeeded && !redelivery;
