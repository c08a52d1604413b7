import { expect, test } from "vitest";
import type { Delivery } from "./ports.ts";
import { redeliverFailed } from "./redeliver.ts";

const now = new Date("2026-11-20T12:00:00Z");
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();
const delivery = (id: string, minutes: number, change: Partial<Delivery> = {}): Delivery => ({
  id,
  guid: `guid-${id}`,
  deliveredAt: minutesAgo(minutes),
  succeeded: false,
  redelivery: false,
  tooLarge: false,
  ...change,
});

/** GitHub with these deliveries, the newest first, in pages of `size`. */
function github(all: readonly Delivery[], size = 100) {
  const redelivered: string[] = [];
  const known = new Set<string>();
  const ports = {
    ledger: {
      isRedelivered: (guid: string) => Promise.resolve(known.has(guid)),
      recordRedelivery: (guid: string) => Promise.resolve(void known.add(guid)),
    },
    deliveries: {
      page: (cursor = "0") => {
        const from = Number(cursor);
        const next = from + size < all.length ? { next: String(from + size) } : {};
        return Promise.resolve({ deliveries: all.slice(from, from + size), ...next });
      },
      redeliver: (id: string) => Promise.resolve(void redelivered.push(id)),
    },
  };
  return { redelivered, ports };
}

test("redelivers a failed delivery once, and no other delivery", async () => {
  const { redelivered, ports } = github([
    delivery("5", 1, { redelivery: true, guid: "guid-2" }),
    delivery("4", 3, { succeeded: true }),
    delivery("3", 4),
    delivery("2", 60),
    delivery("1", 4 * 24 * 60),
  ]);
  const { walk, count } = await redeliverFailed(ports, undefined, now);
  expect(redelivered).toEqual(["3", "2"]);
  expect(count).toBe(2);
  await redeliverFailed(ports, undefined, now);
  expect(redelivered).toEqual(["3", "2"]);
  expect(walk).toEqual({ since: minutesAgo(10), began: now.toISOString() });
});

test("does not redeliver what an operator had redelivered, unless that failed too", async () => {
  const { redelivered, ports } = github([
    delivery("4", 1, { redelivery: true, guid: "guid-2", succeeded: true }),
    delivery("3", 1, { redelivery: true, guid: "guid-1" }),
    delivery("2", 4),
    delivery("1", 5),
  ]);
  await redeliverFailed(ports, undefined, now);
  expect(redelivered).toEqual(["1"]);
});

test("reports a delivery that was too large once, and does not have it redelivered", async () => {
  const { redelivered, ports } = github([delivery("2", 1, { tooLarge: true }), delivery("1", 2)]);
  expect(await redeliverFailed(ports, undefined, now)).toMatchObject({ count: 1, tooLarge: ["guid-2"] });
  expect(await redeliverFailed(ports, undefined, now)).toMatchObject({ count: 0, tooLarge: [] });
  expect(redelivered).toEqual(["1"]);
});

test("walks a long list run by run from where the last run stopped, and then only newer deliveries", async () => {
  const all = Array.from({ length: 14 }, (_, index) => delivery(String(index), index * 5));
  const { redelivered, ports } = github(all, 2);
  let walk: Awaited<ReturnType<typeof redeliverFailed>>["walk"] | undefined;
  const counts: number[] = [];
  for (let run = 0; run < 3; run += 1) {
    const result = await redeliverFailed(ports, walk, new Date(now.getTime() + run * 60_000));
    walk = result.walk;
    counts.push(result.count);
  }
  expect(counts).toEqual([8, 6, 0]);
  expect(redelivered).toHaveLength(14);
  expect(walk?.cursor).toBeUndefined();
});
