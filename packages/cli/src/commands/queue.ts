import { freezeInForce } from "@lockmaster/core/lock/freeze.ts";
import { isLater } from "@lockmaster/core/lock/ticket.ts";
import type { LockHolder, LockRecord, LockWaiter } from "@lockmaster/core/ledger/lock-record.ts";
import type { SlotWaiter } from "@lockmaster/core/ledger/build-slots.ts";
import type { BuildSlotLedger, ReleaseLedger } from "@lockmaster/core/ledger/ports.ts";
import { describeRequester } from "@lockmaster/core/trust/requester.ts";
import { environmentOf } from "@lockmaster/core/policy/policy.ts";
import { Command } from "commander";
import { describeFreeze, withEnvironmentOptions } from "./freeze.ts";
import { ledgerCommand } from "../lib/ledger-command.ts";
import { localSettingsFile } from "../lib/local-settings.ts";
import { textTable } from "../lib/text-table.ts";

/** A lock without its task tokens, which permit resuming an execution. */
type Queue = Omit<LockRecord, "waiters" | "version" | "holder"> & {
  holder?: LockHolder & Requester;
  waiters: (Omit<LockWaiter, "taskToken"> & Requester)[];
  /** Builds of the repository, of any environment, that CodeBuild could not queue; the longest wait first. */
  builds: Omit<SlotWaiter, "taskToken">[];
};

/** As text, with the reason if it is an unverified claim; absent when the ledger has no record of the release. */
type Requester = { requestedBy?: string };

/** The command `queue`: the release that holds an environment, the waiting releases, and the freeze. */
export function queueCommand(settingsFile = localSettingsFile): Command {
  const command = withEnvironmentOptions(new Command("queue"))
    .summary("show which release changes an environment and which wait")
    .description("show which release changes an environment, which releases wait for it, and whether it is frozen");
  return ledgerCommand(command, settingsFile, {
    run: async ({ ledger }) => {
      const target = command.opts<{ repository: string; environment: string }>();
      await environmentOf(ledger, target);
      return await queueOf(ledger, await ledger.lock(target), new Date());
    },
    describe: describeQueue,
  });
}

async function queueOf(
  ledger: Pick<ReleaseLedger, "release"> & BuildSlotLedger,
  lock: LockRecord,
  now: Date,
): Promise<Queue> {
  const { version: _, freeze: __, holder, ...rest } = lock;
  const freeze = freezeInForce(lock, now);
  const withRequester = async <Place extends Pick<LockHolder, "release" | "startedAt">>(place: Place) => {
    const { repository, environment } = lock;
    const record = await ledger.release({ repository, environment, startedAt: place.startedAt, id: place.release });
    return { ...place, ...(record !== undefined && { requestedBy: describeRequester(record) }) };
  };
  const waiters = lock.waiters
    .toSorted((one, other) => (isLater(one, other) ? -1 : 1))
    .map(({ taskToken: _token, ...waiter }) => waiter);
  return {
    ...rest,
    ...(holder !== undefined && { holder: await withRequester(holder) }),
    ...(freeze !== undefined && { freeze }),
    waiters: await Promise.all(waiters.map(withRequester)),
    builds: Object.values((await ledger.buildSlots()).waiters)
      .filter(({ repository }) => repository === lock.repository)
      .toSorted((one, other) => (one.since < other.since ? -1 : 1))
      .map(({ taskToken: _token, ...build }) => build),
  };
}

function describeQueue({ environment, holder, dirty, waiters, builds, freeze }: Queue): string {
  const rows = [
    ...(holder === undefined ? [] : [row(dirty ? "changes it" : "holds it", holder)]),
    ...waiters.map((waiter) => row("waits", waiter)),
  ];
  const isKnown = [holder, ...waiters].some((place) => place?.requestedBy !== undefined);
  const table =
    rows.length === 0
      ? `No release changes ${environment} or waits for it.`
      : textTable([["", "release", "kind", "started (UTC)", ...(isKnown ? ["requested by"] : [])], ...rows]).join("\n");
  const slots = builds.map(
    ({ image, sha, since }) =>
      `The build of ${image} at ${sha.slice(0, 12)} waits for a build slot since ${minute(since)}.\n`,
  );
  return `${table}\n${slots.join("")}${freeze === undefined ? "" : `${describeFreeze(freeze)}\n`}`;
}

const row = (what: string, { release, kind, startedAt, requestedBy = "" }: LockHolder & Requester): string[] => [
  what,
  release,
  kind,
  minute(startedAt),
  requestedBy,
];

const minute = (instant: string): string => instant.slice(0, "2026-12-31T23:59".length).replace("T", " ");
