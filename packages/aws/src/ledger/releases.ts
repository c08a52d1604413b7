import { LockLostError, RejectedError, RetryableError } from "@lockmaster/core/lib/errors.ts";
import type { ReleaseLedger } from "@lockmaster/core/ledger/ports.ts";
import type { ReleaseKey } from "@lockmaster/core/ledger/release-ref.ts";
import {
  readReleaseRecord,
  readReleaseSummary,
  type ReleaseRecord,
  ReleaseSummary,
} from "@lockmaster/core/ledger/release-record.ts";
import { enterAgenda } from "./agenda.ts";
import { boundEvidence, mergeEvidence } from "./evidence.ts";
import type { Key, LedgerTable } from "./table.ts";

/** Releases, by repository and environment, in the order in which they started. */
export function ledgerReleases(table: LedgerTable): ReleaseLedger {
  const read = (ref: ReleaseKey) => table.get(keyOf(ref), readReleaseRecord);
  return {
    release: read,
    releases: (repository, environment, limit) =>
      table.newest(
        { pk: partitionOf({ repository, environment }), prefix: "release#" },
        limit,
        summaryAttributes,
        readReleaseSummary,
      ),
    async openRelease(record, redriveCount) {
      await enterAgenda(table, { ...record, redriveCount });
      const stored = { ...record, ...(redriveCount > 0 && { redriven: true }) };
      const written = await table.put(keyOf(record), stored, {
        condition:
          "attribute_not_exists(#status) OR " +
          "(#status IN (:open, :failed) AND attribute_not_exists(#judgements) AND attribute_not_exists(#attempt))",
        names: { status: "status", judgements: "judgements", attempt: "attempt" },
        values: { open: "open", failed: "failed" },
      });
      if (!written) await replan(table, record);
    },
    async outdateRelease(ref) {
      const written = await table.update(keyOf(ref), "SET #outdated = :true REMOVE #judgements", {
        condition: "#status = :open",
        names: { status: "status", outdated: "outdated", judgements: "judgements" },
        values: { open: "open", true: true },
      });
      if (!written) throw conflict(ref, "cannot be planned again", await read(ref));
    },
    async recordSnapshot(ref, attempt, snapshot, intents = {}) {
      const written = await table.update(
        keyOf(ref),
        "SET #attempt = :attempt, #snapshot = :snapshot, #intents = :intents REMOVE #evidence",
        {
          condition: "#status = :open AND (attribute_not_exists(#attempt) OR #attempt < :attempt)",
          names: {
            status: "status",
            attempt: "attempt",
            snapshot: "snapshot",
            intents: "intents",
            evidence: "evidence",
          },
          values: { open: "open", attempt, snapshot, intents },
        },
      );
      if (written) return snapshot;
      const record = await read(ref);
      if (record?.status === "open" && record.attempt === attempt && record.snapshot !== undefined)
        return record.snapshot;
      throw conflict(ref, `cannot record attempt ${attempt}`, record);
    },
    async recordIntent(ref, attempt, service, intent) {
      const written = await table.update(keyOf(ref), "SET #intents.#service = :intent", {
        condition: "#status = :open AND #attempt = :attempt",
        names: { status: "status", attempt: "attempt", intents: "intents", service },
        values: { open: "open", attempt, intent },
      });
      if (!written) throw conflict(ref, `cannot change ${service} in attempt ${attempt}`, await read(ref));
    },
    async recordTask(ref, task, run) {
      // Each task is written under its own name, in a map that the first one creates.
      if (run.version === 1) {
        await table.update(keyOf(ref), "SET #tasks = :none", {
          condition: "attribute_exists(#status) AND attribute_not_exists(#tasks)",
          names: { status: "status", tasks: "tasks" },
          values: { none: {} },
        });
      }
      const isFirst = run.version === 1;
      const isStop = run.status === "stopped";
      const written = await table.update(keyOf(ref), "SET #tasks.#task = :run", {
        condition: [
          isFirst ? "attribute_not_exists(#tasks.#task)" : "#tasks.#task.#version = :before",
          ...(isStop ? [] : ["#status = :open"]),
        ].join(" AND "),
        names: { tasks: "tasks", task, ...(!isFirst && { version: "version" }), ...(!isStop && { status: "status" }) },
        values: { run, ...(!isFirst && { before: run.version - 1 }), ...(!isStop && { open: "open" }) },
      });
      if (written) return;
      throw new RetryableError(
        `release ${ref.id} cannot record its task ${task}: another function changed the task, or the release has ended`,
        {
          code: "CONFLICT",
        },
      );
    },
    async recordEvidence(ref, evidence) {
      const record = await read(ref);
      const written = await table.update(keyOf(ref), "SET #evidence = :evidence", {
        condition: "attribute_exists(#status)",
        names: { status: "status", evidence: "evidence" },
        values: { evidence: boundEvidence(mergeEvidence(record?.evidence ?? [], evidence)) },
      });
      if (!written) throw conflict(ref, "cannot record evidence", record);
    },
    async recordJudgement(ref, image, part) {
      const record = await read(ref);
      const known = record?.judgements?.[image];
      // Images are judged in parallel: each is written under its own name, in a map that the first one creates.
      if (record !== undefined && record.judgements === undefined) {
        await table.update(keyOf(ref), "SET #judgements = :none", {
          condition: "attribute_exists(#status) AND attribute_not_exists(#judgements)",
          names: { status: "status", judgements: "judgements" },
          values: { none: {} },
        });
      }
      const written = await table.update(keyOf(ref), "SET #judgements.#image = :judgement", {
        condition: "attribute_exists(#judgements)",
        names: { judgements: "judgements", image },
        values: { judgement: known?.digest === part.digest ? { ...known, ...part } : part },
      });
      if (!written) throw conflict(ref, `cannot record the judgement of ${image}`, record);
    },
    async closeRelease(ref, { status, images, builtFrom, services, failure, endedAt, pending, ...superseded }) {
      const { supersededBy, supersededInVain } = superseded;
      const ended = { status, images, builtFrom, services, failure, endedAt, pending };
      const outcome = { ...ended, supersededBy, supersededInVain };
      const given = Object.entries(outcome).filter(([, value]) => value !== undefined);
      const change = given.map(([name]) => `#${name} = :${name}`).join(", ");
      const written = await table.update(keyOf(ref), `SET ${change}`, {
        condition: "#status = :open",
        names: Object.fromEntries(given.map(([name]) => [name, name])),
        values: { ...Object.fromEntries(given), open: "open" },
      });
      if (written) return;
      const record = await read(ref);
      if (record?.status !== status) throw conflict(ref, `cannot end as ${status}`, record);
    },
    async reopenRelease(ref, redriveCount) {
      await enterAgenda(table, { ...ref, redriveCount });
      const isRedriven = redriveCount > 0;
      const set = isRedriven ? "#status = :open, #redriven = :true" : "#status = :open";
      const written = await table.update(keyOf(ref), `SET ${set} REMOVE #failure, #endedAt, #pending`, {
        condition: "#status IN (:open, :rolledBack, :rollbackFailed, :failed)",
        names: {
          status: "status",
          failure: "failure",
          endedAt: "endedAt",
          pending: "pending",
          ...(isRedriven && { redriven: "redriven" }),
        },
        values: {
          open: "open",
          rolledBack: "rolled-back",
          rollbackFailed: "rollback-failed",
          failed: "failed",
          ...(isRedriven && { true: true }),
        },
      });
      if (!written) throw conflict(ref, "cannot be reopened", await read(ref));
    },
    retireRelease: (ref, retired) =>
      table.update(keyOf(ref), "SET #retired = :retired", {
        condition: "attribute_exists(#status)",
        names: { retired: "retired", status: "status" },
        values: { retired },
      }),
    async recordPending(ref, pending, abandoned) {
      const given = Object.entries({ pending, abandoned }).filter(([, list]) => list.length > 0);
      const set = given.length === 0 ? [] : [`SET ${given.map(([name]) => `#${name} = :${name}`).join(", ")}`];
      const remove = pending.length === 0 ? ["REMOVE #pending"] : [];
      await table.update(keyOf(ref), [...set, ...remove].join(" "), {
        condition: "attribute_exists(#pending)",
        names: { pending: "pending", ...Object.fromEntries(given.map(([name]) => [name, name])) },
        ...(given.length > 0 && { values: Object.fromEntries(given) }),
      });
    },
  };
}

/** Replaces the plan of a release; its snapshots and intents stay. */
async function replan(table: LedgerTable, record: ReleaseRecord): Promise<void> {
  const { images = {}, builtFrom = {}, policyHash, ...optional } = record;
  const { plannedAtEpoch, target } = optional;
  const plan = {
    images,
    builtFrom,
    policyHash,
    ...(plannedAtEpoch !== undefined && { plannedAtEpoch }),
    ...(target !== undefined && { target }),
  };
  const removed = ["outdated", "judgements", ...(plannedAtEpoch === undefined ? ["plannedAtEpoch"] : [])];
  const set = Object.keys(plan).map((name) => `#${name} = :${name}`);
  await table.update(keyOf(record), `SET ${set.join(", ")} REMOVE ${removed.map((name) => `#${name}`).join(", ")}`, {
    condition: "#status = :open AND #outdated = :true",
    names: Object.fromEntries(["status", ...Object.keys(plan), ...removed].map((name) => [name, name])),
    values: { ...plan, open: "open", true: true },
  });
}

const keyOf = ({ repository, environment, startedAt, id }: ReleaseKey): Key => ({
  pk: partitionOf({ repository, environment }),
  sk: `release#${startedAt}#${id}`,
});

const partitionOf = ({ repository, environment }: Pick<ReleaseKey, "repository" | "environment">): string =>
  `${repository}#${environment}`;

const summaryAttributes = Object.keys(ReleaseSummary.entries);

/** A release that was closed from outside can only start again with the lock: LockLostError. */
function conflict(ref: ReleaseKey, what: string, record: ReleaseRecord | undefined): RejectedError | LockLostError {
  if (record?.status === "failed") {
    return new LockLostError(`release ${ref.id} ${what}: its record was closed because its execution had ended`, {
      code: "LOCK_LOST",
    });
  }
  const state =
    record === undefined
      ? "the ledger has no record of it"
      : `its status is ${record.status}, its attempt ${record.attempt ?? "none"}`;
  return new RejectedError(`release ${ref.id} ${what}: ${state}`, { code: "CONFLICT" });
}
