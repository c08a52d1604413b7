import type { BuildSlotLedger } from "@lockmaster/core/ledger/ports.ts";
import type { BuildKey } from "@lockmaster/core/ledger/build-record.ts";
import { readBuildSlots } from "@lockmaster/core/ledger/build-slots.ts";
import { RejectedError } from "@lockmaster/core/lib/errors.ts";
import type { LedgerTable } from "./table.ts";

/** One item: each waiter is an entry of its own, so that functions that write at the same time do not disturb each other. */
const key = { pk: "build-slots", sk: "queue" };

/** The builds that wait for a slot in CodeBuild's queue. */
export function ledgerBuildSlots(table: LedgerTable): BuildSlotLedger {
  const withMaps = async () => {
    await table.update(key, "SET #waiters = if_not_exists(#waiters, :none), #turns = if_not_exists(#turns, :none)", {
      names: { waiters: "waiters", turns: "turns" },
      values: { none: {} },
    });
  };
  return {
    buildSlots: async () => (await table.get(key, readBuildSlots)) ?? { waiters: {}, turns: {} },
    async waitForSlot(waiter) {
      await withMaps();
      const written = table.update(key, "SET #waiters.#build = :waiter", {
        names: { waiters: "waiters", build: nameOf(waiter) },
        values: { waiter },
      });
      await written.catch(unlessFull);
    },
    async leaveSlots(builds, turns = {}) {
      const changes: Change[] = [
        ...builds.map((build) => ({ map: "waiters", name: nameOf(build) }) as const),
        ...Object.entries(turns).map(([name, value]) => ({ map: "turns", name, value }) as const),
      ];
      for (let start = 0; start < changes.length; start += changesPerWrite)
        await change(table, changes.slice(start, start + changesPerWrite));
    },
  };
}

/** One entry of one of the two maps: its new value, or its removal without one. */
type Change = { map: "waiters" | "turns"; name: string; value?: string | undefined };

/** DynamoDB accepts an expression of 4 KB. */
const changesPerWrite = 50;

async function change(table: LedgerTable, changes: readonly Change[]): Promise<void> {
  const placed = changes.map((one, index) => ({ ...one, index, path: `#${one.map}.#name${index}` }));
  const set = placed.filter(({ value }) => value !== undefined);
  const removed = placed.filter(({ value }) => value === undefined);
  const clauses = [
    ...(set.length > 0 ? [`SET ${set.map(({ path, index }) => `${path} = :value${index}`).join(", ")}`] : []),
    ...(removed.length > 0 ? [`REMOVE ${removed.map(({ path }) => path).join(", ")}`] : []),
  ];
  const maps = new Set(["waiters", ...changes.map(({ map }) => map)]);
  await table.update(key, clauses.join(" "), {
    condition: "attribute_exists(#waiters)",
    names: {
      ...Object.fromEntries([...maps].map((map) => [map, map])),
      ...Object.fromEntries(placed.map(({ name, index }) => [`name${index}`, name])),
    },
    values: Object.fromEntries(set.map(({ value, index }) => [`value${index}`, value])),
  });
}

/** An item of 400 KB holds some three hundred waiters. A build that is not among them requests its slot at its wait limit. */
function unlessFull(error: unknown): void {
  if (!(error instanceof RejectedError && error.message.includes("Item size"))) throw error;
}

const nameOf = ({ repository, image, sha, recipe }: BuildKey): string => `${repository} ${image} ${sha} ${recipe}`;
