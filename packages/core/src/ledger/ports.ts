/** What decisions need of the ledger. Implemented in packages/aws, which throws core's errors. */
import type { StoredConfiguration } from "../config/stored.ts";
import type { AgendaEntry } from "./agenda-entry.ts";
import type { BuildKey, BuildRecord } from "./build-record.ts";
import type { BuildSlots, SlotWaiter } from "./build-slots.ts";
import type { Evidence } from "./evidence.ts";
import type { Judgement } from "./judgement.ts";
import type { LockRecord } from "./lock-record.ts";
import type { PullRequestRecord } from "./pull-request-record.ts";
import type { ReconcileProgress } from "./reconcile-progress.ts";
import type { ReleaseRecord, ReleaseSummary, ServiceIntent, ServiceSnapshot, SideEffect } from "./release-record.ts";
import type { ReleaseKey, ReleaseRef } from "./release-ref.ts";
import type { RepositoryIdentity } from "./repository-identity.ts";
import type { StartRecord } from "./start-record.ts";
import type { TaskRun } from "./task-run.ts";
import type { StoredWaiver } from "./waiver-record.ts";

export type ConfigurationLedger = {
  /** The current configuration of a repository; undefined when Lockmaster does not know the repository. */
  configuration(repository: string): Promise<StoredConfiguration | undefined>;
};

export type ReleaseLedger = {
  /**
   * Puts the release on the agenda, then records it as open, replacing an earlier plan of it. Changes nothing once its images
   * were judged or a snapshot was taken, except that an outdated plan is replaced.
   */
  openRelease(record: ReleaseRecord, redriveCount: number): Promise<void>;
  /** Records that a release must be planned again, and removes what the gates found about its images. */
  outdateRelease(ref: ReleaseRef): Promise<void>;
  release(key: ReleaseKey): Promise<ReleaseRecord | undefined>;
  /** The newest releases of an environment, the newest first, at most `limit` of them. */
  releases(repository: string, environment: string, limit: number): Promise<readonly ReleaseSummary[]>;
  /**
   * Records the snapshot of an attempt and replaces the intents of earlier attempts by `intents`. When this attempt has a
   * snapshot already, changes nothing and returns that one, because it was taken before the first change.
   */
  recordSnapshot(
    ref: ReleaseRef,
    attempt: number,
    snapshot: Readonly<Record<string, ServiceSnapshot>>,
    intents?: Readonly<Record<string, ServiceIntent>>,
  ): Promise<Readonly<Record<string, ServiceSnapshot>>>;
  /** Records what a step is about to do, or has done, to a service. Refuses (CONFLICT) when the attempt is not the newest. */
  recordIntent(ref: ReleaseRef, attempt: number, service: string, intent: ServiceIntent): Promise<void>;
  /**
   * Records a task's run if the recorded run still has version `run.version - 1` (or is absent, for version 1), and the release
   * is open; status `stopped` is recorded of a closed release, too.
   * @throws RetryableError CONFLICT when another function wrote first: the state machine retries the step, which reads again
   */
  recordTask(ref: ReleaseKey, task: string, run: TaskRun): Promise<void>;
  recordEvidence(ref: ReleaseRef, evidence: readonly Evidence[]): Promise<void>;
  /**
   * Records what a gate found about an image beside what other gates found about the same digest, and removes what was found
   * about another digest. `part` has the digest and what this gate found.
   */
  recordJudgement(ref: ReleaseRef, image: string, part: Judgement): Promise<void>;
  /** Commits the outcome. The same outcome again changes nothing; a success is never overwritten. */
  closeRelease(
    key: ReleaseKey,
    outcome: Pick<
      ReleaseRecord,
      | "status"
      | "images"
      | "builtFrom"
      | "services"
      | "failure"
      | "supersededBy"
      | "supersededInVain"
      | "endedAt"
      | "pending"
    >,
  ): Promise<void>;
  /**
   * Puts the release on the agenda, and opens a failed or rolled-back release again, because its execution was redriven. Open
   * already: changes nothing.
   */
  reopenRelease(ref: ReleaseRef, redriveCount: number): Promise<void>;
  /** Records that the version of a release's tag no longer counts. `false` when the ledger has no such release. */
  retireRelease(key: ReleaseKey, retired: NonNullable<ReleaseRecord["retired"]>): Promise<boolean>;
  /** Records the notifications of a release's end that remain, and why some are abandoned. */
  recordPending(key: ReleaseKey, pending: readonly SideEffect[], abandoned: readonly string[]): Promise<void>;
};

/** Which executions the webhook has started, and which repository has a name at GitHub. */
export type OriginLedger = {
  start(which: Pick<StartRecord, "repository" | "environment" | "name">): Promise<StartRecord | undefined>;
  recordStart(start: StartRecord): Promise<void>;
  repositoryIdentity(repository: string): Promise<RepositoryIdentity | undefined>;
  /** Records an identity unless the name has one already. @returns the recorded one */
  recordIdentity(identity: RepositoryIdentity): Promise<RepositoryIdentity>;
  /** The name under which a repository was recorded last; undefined when the name stands for another one by now. */
  repositoryWithId(id: number): Promise<string | undefined>;
};

/** Replaces the identity of a name, as an operator has decided. */
export type IdentityWriter = { acceptIdentity(identity: RepositoryIdentity): Promise<void> };

/** Releases whose executions must be checked once they have ended. */
export type AgendaLedger = {
  agendaEntry(executionArn: string): Promise<AgendaEntry | undefined>;
  /** In the order of their executions' ARNs, from after `after` on, at most `limit` of them. */
  agenda(after: string | undefined, limit: number): Promise<readonly AgendaEntry[]>;
  /** Records that a recovery was started. `false` when the execution was redriven meanwhile, or the entry is removed. */
  recordRecovery(entry: AgendaEntry, recoveries: NonNullable<AgendaEntry["recoveries"]>): Promise<boolean>;
  /** Removes an entry, unless its execution was redriven meanwhile. */
  dropAgendaEntry(entry: AgendaEntry): Promise<void>;
};

export type ReconcileLedger = {
  /** Empty before the first run. */
  reconcileProgress(): Promise<ReconcileProgress>;
  recordReconcileProgress(progress: ReconcileProgress): Promise<void>;
  /** The first configured repository after another one, in the order of their names; the first of all without it. */
  repositoryAfter(repository?: string): Promise<string | undefined>;
  /** Whether Lockmaster has requested a redelivery of this delivery, named by its GUID. */
  isRedelivered(guid: string): Promise<boolean>;
  recordRedelivery(guid: string, at: string): Promise<void>;
};

export type BuildLedger = {
  build(key: BuildKey): Promise<BuildRecord | undefined>;
  /**
   * Writes `record` if the stored one still has version `record.version - 1` (or is absent, for version 1).
   * @throws RetryableError CONFLICT when another function wrote first: the state machine retries the step, which reads again
   */
  writeBuild(record: BuildRecord): Promise<void>;
};

export type BuildSlotLedger = {
  buildSlots(): Promise<BuildSlots>;
  /** Records that a build waits for a slot, with the task that requested it last. */
  waitForSlot(waiter: SlotWaiter): Promise<void>;
  /** Removes builds, and sets or removes when executions last got a slot. Changes nothing when there are none. */
  leaveSlots(builds: readonly BuildKey[], turns?: Readonly<Record<string, string | undefined>>): Promise<void>;
};

export type PullRequestLedger = {
  pullRequest(which: Pick<PullRequestRecord, "repository" | "ref">): Promise<PullRequestRecord | undefined>;
  /** As `writeBuild`. @throws RetryableError CONFLICT */
  writePullRequest(record: PullRequestRecord): Promise<void>;
};

export type LockLedger = {
  /** A lock that was never written is free, at version 0. */
  lock(of: Pick<LockRecord, "repository" | "environment">): Promise<LockRecord>;
  /** As `writeBuild`. @throws RetryableError CONFLICT */
  writeLock(record: LockRecord): Promise<void>;
  /**
   * Records that the holder begins to change the environment; recorded already: changes nothing.
   *
   * @returns `false` when the lock has another epoch, or no holder: the caller must not change anything then
   */
  markDirty(of: Pick<LockRecord, "repository" | "environment">, epoch: number): Promise<boolean>;
};

export type WaiverLedger = {
  /** All waivers that operators added to a repository at run time, expired and revoked ones included. */
  waivers(repository: string): Promise<readonly StoredWaiver[]>;
};

/** Writes waivers. Nothing is ever deleted: the list shows which operator waived what, and when. */
export type WaiverWriter = {
  addWaiver(repository: string, waiver: StoredWaiver): Promise<void>;
  revokeWaiver(repository: string, waiver: StoredWaiver, by: { revokedBy: string; revokedAt: string }): Promise<void>;
};

export type Ledger = ConfigurationLedger &
  ReleaseLedger &
  OriginLedger &
  AgendaLedger &
  ReconcileLedger &
  BuildLedger &
  BuildSlotLedger &
  PullRequestLedger &
  LockLedger;
