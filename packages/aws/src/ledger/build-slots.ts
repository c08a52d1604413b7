import type { BuildSlotLedger } from "@lockmaster/core/ledger/ports.ts";
import type { BuildKey } from "@lockmaster/core/ledger/build-record.ts";
import { readBuildSlots } from "@lockmaster/core/ledger/build-slots.ts";
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
      await table.update(key, "SET #waiters.#build = :waiter", {
        names: { waiters: "waiters", build: nameOf(waiter) },
        values: { waiter },
      });
    },
    async leaveSlots(builds, turns = {}) {
      const removed = builds.map((build, index) => [`build${index}`, nameOf(build)] as const);
      const changed = Object.entries(turns).map(([execution, at], index) => ({ index, execution, at }));
      if (removed.length === 0 && changed.length === 0) return;
      const remove = [
        ...removed.map(([name]) => `#waiters.#${name}`),
        ...changed.flatMap(({ index, at }) => (at === undefined ? [`#turns.#turn${index}`] : [])),
      ];
      const set = changed.flatMap(({ index, at }) =>
        at === undefined ? [] : [`#turns.#turn${index} = :turn${index}`],
      );
      const change = [
        ...(set.length > 0 ? [`SET ${set.join(", ")}`] : []),
        ...(remove.length > 0 ? [`REMOVE ${remove.join(", ")}`] : []),
      ].join(" ");
      await table.update(key, change, {
        condition: "attribute_exists(#waiters)",
        names: {
          waiters: "waiters",
          ...(changed.length > 0 && { turns: "turns" }),
          ...Object.fromEntries(removed),
          ...Object.fromEntries(changed.map(({ index, execution }) => [`turn${index}`, execution])),
        },
        values: Object.fromEntries(
          changed.flatMap(({ index, at }) => (at === undefined ? [] : [[`turn${index}`, at] as const])),
        ),
      });
    },
  };
}

const nameOf = ({ repository, image, sha, recipe }: BuildKey): string => `${repository} ${image} ${sha} ${recipe}`;
