import { freezeInForce } from "@lockmaster/core/lock/freeze.ts";
import { isLater } from "@lockmaster/core/lock/ticket.ts";
import type { LockRecord, LockWaiter } from "@lockmaster/core/ledger/lock-record.ts";
import { environmentOf } from "@lockmaster/core/policy/policy.ts";
import { Command } from "commander";
import { describeFreeze, withEnvironmentOptions } from "./freeze.ts";
import { ledgerCommand } from "../lib/ledger-command.ts";
import { localSettingsFile } from "../lib/local-settings.ts";
import { textTable } from "../lib/text-table.ts";

/** A lock without its task tokens, which permit resuming an execution. */
type Queue = Omit<LockRecord, "waiters" | "version"> & { waiters: Omit<LockWaiter, "taskToken">[] };

/** The command `queue`: the release that holds an environment, the waiting releases, and the freeze. */
export function queueCommand(settingsFile = localSettingsFile): Command {
  const command = withEnvironmentOptions(new Command("queue"))
    .summary("show which release changes an environment and which wait")
    .description("show which release changes an environment, which releases wait for it, and whether it is frozen");
  return ledgerCommand(command, settingsFile, {
    run: async ({ ledger }) => {
      const target = command.opts<{ repository: string; environment: string }>();
      await environmentOf(ledger, target);
      return queueOf(await ledger.lock(target), new Date());
    },
    describe: describeQueue,
  });
}

function queueOf(lock: LockRecord, now: Date): Queue {
  const { version: _, freeze: __, ...rest } = lock;
  const freeze = freezeInForce(lock, now);
  return {
    ...rest,
    ...(freeze !== undefined && { freeze }),
    waiters: lock.waiters
      .toSorted((one, other) => (isLater(one, other) ? -1 : 1))
      .map(({ taskToken: _token, ...waiter }) => waiter),
  };
}

function describeQueue({ environment, holder, dirty, waiters, freeze }: Queue): string {
  const rows = [
    ...(holder === undefined
      ? []
      : [[dirty ? "changes it" : "holds it", holder.release, holder.kind, minute(holder.startedAt)]]),
    ...waiters.map(({ release, kind, startedAt }) => ["waits", release, kind, minute(startedAt)]),
  ];
  const table =
    rows.length === 0
      ? `No release changes ${environment} or waits for it.`
      : textTable([["", "release", "kind", "started (UTC)"], ...rows]).join("\n");
  return `${table}\n${freeze === undefined ? "" : `${describeFreeze(freeze)}\n`}`;
}

const minute = (instant: string): string => instant.slice(0, "2026-12-31T23:59".length).replace("T", " ");
