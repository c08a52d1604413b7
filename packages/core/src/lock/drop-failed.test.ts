import { expect, test } from "vitest";
import type { LockRecord, Ticket } from "../ledger/lock-record.ts";
import type { ReleaseStatus } from "../ledger/release-record.ts";
import { dropFailed } from "./drop-failed.ts";
import { newLock } from "./hold-lock.ts";
import { supersededBy } from "./ticket.ts";

const ticket = (release: string, minute: number): Ticket => ({
  release,
  executionArn: `arn:${release}`,
  startedAt: `2026-11-20T10:0${minute}:01Z`,
  requestedAt: `2026-11-20T10:0${minute}:00Z`,
});
const [older, succeeded, newer] = [ticket("older", 1), ticket("succeeded", 2), ticket("newer", 3)];
const lastSuccess = { release: "succeeded", sha: "a".repeat(40), at: "2026-11-20T10:02:30Z" };

/** What supersedes the older release, when the newer one has ended so. */
async function superseding(lock: Partial<LockRecord>, status: ReleaseStatus): Promise<string | undefined> {
  const record = (id: string) => ({
    id,
    executionArn: `arn:${id}`,
    startedAt: newer.startedAt,
    kind: "deploy" as const,
    repository: "acme/shop",
    environment: "staging",
    ref: "refs/heads/main",
    sha: "b".repeat(40),
    requestedBy: { kind: "github" as const, login: "octocat" },
    requestedAt: newer.requestedAt,
    policyHash: "0",
    status: id === "newer" ? status : ("succeeded" as const),
  });
  const ledger = { release: ({ id }: { id: string }) => Promise.resolve(record(id)) };
  const whole = { ...newLock("acme/shop", "staging"), epoch: 2, ...lock };
  return supersededBy(await dropFailed(ledger, whole, older), older);
}

test.each<[string, Partial<LockRecord>, ReleaseStatus, string | undefined]>([
  ["the newer one, unless it has failed", { newest: newer }, "open", "newer"],
  ["nothing, once the newer one failed before any success", { newest: newer }, "failed", undefined],
  [
    "the last success, once the newer one has failed",
    { newest: newer, newestHolder: newer, newestSuccess: succeeded, lastSuccess },
    "rolled-back",
    "succeeded",
  ],
  // The last success may be newer than the older release: its ticket is unknown.
  ["the newer one that has failed, in a lock of version 0.2.0", { newest: newer, lastSuccess }, "rolled-back", "newer"],
])("an older release is superseded by %s", async (_, lock, status, expected) => {
  expect(await superseding(lock, status)).toBe(expected);
});
