/** What decisions need of the ledger. Implemented in packages/aws; what fails there is one of core's errors. */
import type { BuildKey, BuildRecord, PullRequestRecord } from "./build-record.ts";
import type { StoredConfiguration } from "../config/schema.ts";
import type { LockRecord } from "./lock-record.ts";
import type {
  AgendaEntry,
  Evidence,
  Judgement,
  ReleaseKey,
  ReleaseRecord,
  ReleaseRef,
  ReleaseSummary,
  ServiceIntent,
  ServiceSnapshot,
  SideEffect,
  TaskRun,
} from "./release-record.ts";

export type ConfigurationLedger = {
  /** The current configuration of a repository; undefined when Lockmaster does not know it. */
  configuration(repository: string): Promise<StoredConfiguration | undefined>;
};

export type ReleaseLedger = {
  /**
   * Puts the release on the agenda, then records it as open, as it was planned last. Once its images were judged, or it has
   * begun: changes nothing, save that of an outdated one the plan is replaced.
   */
  openRelease(record: ReleaseRecord, redriveCount: number): Promise<void>;
  /** Notes that a release is to be planned anew, and forgets what was found about its images. */
  outdateRelease(ref: ReleaseRef): Promise<void>;
  release(key: ReleaseKey): Promise<ReleaseRecord | undefined>;
  /** The newest releases of an environment, the newest first, at most `limit` of them. */
  releases(repository: string, environment: string, limit: number): Promise<readonly ReleaseSummary[]>;
  /**
   * Records the snapshot of an attempt and forgets the intents of earlier ones, except those handed in. Changes nothing, and
   * answers the recorded snapshot, when this attempt has one already: what was written before the first mutation stands.
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
   * Records what became of a task if its recorded run still has version `run.version - 1` (or is absent, for version 1), and
   * the release is open; that a task was stopped is recorded of a closed one, too.
   * @throws RetryableError CONFLICT when somebody else wrote first: the state machine has the step look again.
   */
  recordTask(ref: ReleaseKey, task: string, run: TaskRun): Promise<void>;
  recordEvidence(ref: ReleaseRef, evidence: readonly Evidence[]): Promise<void>;
  /**
   * Records what a gate found about an image, beside what other gates found about the same digest; what was found about
   * another digest is forgotten. `part` bears what this gate knows, besides the digest.
   */
  recordJudgement(ref: ReleaseRef, image: string, part: Judgement): Promise<void>;
  /** Commits the outcome. The same outcome again changes nothing; a success is never overwritten. */
  closeRelease(
    key: ReleaseKey,
    outcome: Pick<
      ReleaseRecord,
      "status" | "images" | "builtFrom" | "services" | "failure" | "supersededBy" | "endedAt" | "pending"
    >,
  ): Promise<void>;
  /**
   * Puts the release on the agenda, and makes one that failed or went back an open one again, because its execution was
   * redriven. Open already: changes nothing.
   */
  reopenRelease(ref: ReleaseRef, redriveCount: number): Promise<void>;
  /** Notes what others still are to be told of a release's end, and why some of it never will be; what was noted stays. */
  recordPending(key: ReleaseKey, pending: readonly SideEffect[], abandoned: readonly string[]): Promise<void>;
};

/** Releases whose executions are to be looked at once they have ended. */
export type AgendaLedger = {
  agendaEntry(executionArn: string): Promise<AgendaEntry | undefined>;
  /** In the order of their executions' ARNs, from after `after` on, at most `limit` of them. */
  agenda(after: string | undefined, limit: number): Promise<readonly AgendaEntry[]>;
  /** Notes that a settlement was started. `false` when the execution was redriven meanwhile, or is settled. */
  recordRecovery(entry: AgendaEntry, recoveries: NonNullable<AgendaEntry["recoveries"]>): Promise<boolean>;
  /** Removes an entry, unless its execution was redriven meanwhile. */
  dropAgendaEntry(entry: AgendaEntry): Promise<void>;
};

/** How far a walk through GitHub's deliveries has come. */
export type DeliveryWalk = {
  /** Everything that was delivered before was looked at. */
  since: string;
  /** When this walk, or the last one, began. */
  began: string;
  /** Where it goes on; absent when it has come to its end. */
  cursor?: string;
};

/** What one run of reconcile leaves to the next. Two that run at once may look at the same things twice. */
export type ReconcileProgress = {
  /** ARN of the last execution that was looked at; absent when it was the agenda's last one. */
  agendaAfter?: string;
  deliveries?: DeliveryWalk;
};

export type ReconcileLedger = {
  /** Empty before the first run. */
  reconcileProgress(): Promise<ReconcileProgress>;
  recordReconcileProgress(progress: ReconcileProgress): Promise<void>;
  /** Whether a delivery, named by its GUID, was asked for again before. */
  isRedelivered(guid: string): Promise<boolean>;
  recordRedelivery(guid: string, at: string): Promise<void>;
};

export type BuildLedger = {
  build(key: BuildKey): Promise<BuildRecord | undefined>;
  /**
   * Writes `record` if the stored one still has version `record.version - 1` (or is absent, for version 1).
   * @throws RetryableError CONFLICT when somebody else wrote first: the state machine has the step look again.
   */
  writeBuild(record: BuildRecord): Promise<void>;
};

export type PullRequestLedger = {
  pullRequest(which: Pick<PullRequestRecord, "repository" | "ref">): Promise<PullRequestRecord | undefined>;
  /** As `writeBuild`. @throws RetryableError CONFLICT */
  writePullRequest(record: PullRequestRecord): Promise<void>;
};

export type LockLedger = {
  /** One that nobody ever took is free, at version 0. */
  lock(of: Pick<LockRecord, "repository" | "environment">): Promise<LockRecord>;
  /** As `writeBuild`. @throws RetryableError CONFLICT */
  writeLock(record: LockRecord): Promise<void>;
  /**
   * Notes that the holder begins to change the environment; noted already: changes nothing.
   *
   * @returns `false` when the lock has another epoch, or no holder: nothing may be changed then
   */
  markDirty(of: Pick<LockRecord, "repository" | "environment">, epoch: number): Promise<boolean>;
};

export type Ledger = ConfigurationLedger &
  ReleaseLedger &
  AgendaLedger &
  ReconcileLedger &
  BuildLedger &
  PullRequestLedger &
  LockLedger;
