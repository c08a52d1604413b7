import { functions } from "../../infra/topology.ts";
import type { Law } from "./laws.ts";

/**
 * Whether Lockmaster cleans up after executions that were ended from outside. What it promises for them is asked for as
 * soon as the functions are there that keep it.
 */
export const settles = "settle" in functions && "reconcile" in functions;

/** What holds once everything has been settled. */
export const settlementLaws: readonly Law[] = [
  {
    name: "no lock is held, none is dirty, nobody waits",
    broken: ({ locks }) => {
      const busy = locks.filter(({ holder, dirty, waiters }) => holder !== undefined || dirty || waiters.length > 0);
      return busy.length === 0 ? undefined : JSON.stringify(busy);
    },
  },
  {
    name: "no record is open",
    broken: ({ releases }) => {
      const open = releases.filter(({ record }) => record?.status === "open");
      return open.length === 0 ? undefined : open.map(({ name }) => name).join();
    },
  },
];
