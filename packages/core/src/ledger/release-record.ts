/** What the ledger holds: plain data, times as ISO 8601 strings in UTC. */
import type { ErrorCode } from "../lib/errors.ts";

/**
 * `deploy` builds a commit, `promote` takes what another environment has verified, `rollback` returns to what ran before,
 * `check` only tests.
 */
export type ReleaseKind = "deploy" | "promote" | "rollback" | "check";

/** Who or what one step works for. Made by `plan-release`, carried by the state machine to every later step. */
export type ReleaseRef = {
  /** The execution's name. */
  id: string;
  executionArn: string;
  /** When the execution started; part of the release's key in the ledger, so that releases sort by time. */
  startedAt: string;
  kind: ReleaseKind;
  repository: string;
  /** `checks` for a check: no environment can bear that name. */
  environment: string;
  ref: string;
  /** The commit: 40 hexadecimal digits. */
  sha: string;
};

export type RequestedBy =
  | { kind: "github"; login: string }
  | { kind: "operator"; name: string }
  /** A settlement: somebody has to bring an environment back that its release left midway. */
  | { kind: "lockmaster" };

/** The state of one service before the release touched it: where a rollback goes. */
export type ServiceSnapshot = {
  /** ARN of the task definition to go back to; absent when the service has never been proven (a first deployment). */
  taskDefinition?: string;
  /** Digest of each container's image as it ran (`sha256:…`), by container name; empty where ECS told none. */
  digests: Readonly<Record<string, string>>;
  /** ARN of the service revision of `taskDefinition`, when ECS told it. */
  serviceRevision?: string;
  /** Id of the primary deployment at that time (`ecs-svc/…`). */
  deploymentId?: string;
  desiredCount: number;
};

/** Written before a service is changed, completed afterwards: what was touched, even when the function died midway. */
export type ServiceIntent = {
  at: string;
  /** ARN that was registered, or found registered, for this release. */
  taskDefinition?: string;
  deploymentId?: string;
};

/** Why a release failed: a service, with what the container itself said, or the probe or an alarm. */
export type Evidence = {
  /** As the configuration calls it; absent for what concerns the release as a whole. */
  service?: string;
  code: ErrorCode;
  /** One sentence for people. */
  message: string;
  taskArn?: string;
  stopCode?: string;
  stoppedReason?: string;
  container?: string;
  exitCode?: number;
  containerReason?: string;
  /** The newest of the service's own events, newest first. */
  serviceEvents?: readonly string[];
  /** The last lines of the container's log, oldest first. */
  logLines?: readonly string[];
  probe?: ProbeEvidence;
  /** Alarms that were raised. */
  alarms?: readonly string[];
};

/** What the probe asked for and got. */
export type ProbeEvidence = {
  url: string;
  /** In words: `status 200 and revision 4f2a…`. */
  expected: string;
  /** Absent when no answer came; then `problem` says why. */
  status?: number;
  /** Beginning of the answer. */
  body?: string;
  problem?: string;
};

/** A finding that mattered, in compact form. */
export type FindingEvidence = {
  id: string;
  severity: string;
  package?: string;
  installedVersion?: string;
  fixedVersion?: string;
  link?: string;
};

/** What the gates found about one image. */
export type Judgement = {
  digest: string;
  /** Compressed, in bytes. */
  sizeBytes?: number;
  scan?: {
    result: "passed" | "refused" | "unsupported" | "disabled";
    /** All findings by severity, in lower case, waived ones included. */
    counts: Readonly<Record<string, number>>;
    /** The findings that refused it; bounded, the gravest first. */
    refusedBy?: readonly FindingEvidence[];
    /** Waivers that the pass leans on. */
    waived?: readonly { id: string; owner: string; until: string }[];
  };
};

/**
 * `superseded`: another release was asked for later, and this one changed nothing. `failed`: the execution ended without a
 * conclusion of its own, and the record was closed from outside; nothing that the release still tries counts any more, until
 * it is reopened.
 */
export type ReleaseStatus =
  | "open"
  | "succeeded"
  | "unproven"
  | "rolled-back"
  | "rollback-failed"
  | "superseded"
  | "failed";

/**
 * One run of a task of the configuration, by itself. Another run follows only one that did not succeed, or tested what has
 * been deployed anew since.
 */
export type TaskRun = {
  when: "before" | "after";
  /** Epoch of the environment's lock, and redrive of the release, under which it was started. */
  attempt: number;
  redriveCount: number;
  /** Counts from 1; ECS starts each run once. */
  run: number;
  taskDefinition: string;
  /** When it was started, or first tried to be. */
  startedAt: string;
  /**
   * `starting`: RunTask may or may not have happened; `running`: it has, `taskArn` is known. `stopped`: it was ended with the
   * release, and whoever starts it at this moment has to stop it.
   */
  status: "starting" | "running" | "succeeded" | "failed" | "stopped";
  taskArn?: string;
  exitCode?: number;
  failure?: { code: ErrorCode; message: string };
  endedAt?: string;
  /** Counts writes; every write is conditional on it. */
  version: number;
};

/** What others are to be told of a release's end. */
export type SideEffect = "event" | "tags";

export type ReleaseRecord = ReleaseRef & {
  requestedBy: RequestedBy;
  requestedAt: string;
  /** Hash of the configuration that the release was planned under. */
  policyHash: string;
  status: ReleaseStatus;
  /** Its execution was redriven: the time since its start is not only the machinery's. */
  redriven?: true;
  /** Epoch of the environment's lock under which the newest snapshot was taken; intents belong to it. */
  attempt?: number;
  snapshot?: Readonly<Record<string, ServiceSnapshot>>;
  intents?: Readonly<Record<string, ServiceIntent>>;
  /** Tasks that were run before or after the services were changed, by the configuration's name. */
  tasks?: Readonly<Record<string, TaskRun>>;
  evidence?: readonly Evidence[];
  /** Epoch of the environment's lock when the release was planned; absent when somebody held it, and may have changed what runs. */
  plannedAtEpoch?: number;
  /** What runs is not what the plan counted on: it is to be planned anew. */
  outdated?: true;
  /** Digest by image name: of every image of the environment, released now or inherited. */
  images?: Readonly<Record<string, string>>;
  /** Commit that each of `images` was built from. */
  builtFrom?: Readonly<Record<string, string>>;
  /** Of a promotion: the release that verified the images. */
  promotedFrom?: { environment: string; release: string };
  /** What the gates found, by image name. */
  judgements?: Readonly<Record<string, Judgement>>;
  /** Digests that run afterwards, by service and container: complete, so that a later promotion needs no other record. */
  services?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  failure?: { error: string; cause: string };
  /** The release that was asked for later, and made this one superfluous. */
  supersededBy?: string;
  endedAt?: string;
  /** What others were not told yet of the release's end; nothing when absent. */
  pending?: readonly SideEffect[];
  /** What was tried of it, and can never be done: why, in a sentence each. */
  abandoned?: readonly string[];
  /** Of a rollback: the release whose end state it returns to; absent when that is no recorded one. */
  rollsBackTo?: string;
  /** Of a settlement: the execution that left the environment midway. */
  recovers?: RecoveredExecution;
};

/** An execution, and the redrive of it that ended. */
export type RecoveredExecution = { executionArn: string; redriveCount: number };

/** Where a release is found in the ledger. */
export type ReleaseKey = Pick<ReleaseRef, "repository" | "environment" | "startedAt" | "id">;

/**
 * A release that is to be looked at once its execution has ended. Written before anything else that the execution brings
 * about, and removed when all of it is settled.
 */
export type AgendaEntry = ReleaseKey & {
  executionArn: string;
  /** The newest redrive that is known to have begun. */
  redriveCount: number;
  /** How many settlements of this redrive were started, and when the last of them was. */
  recoveries?: { count: number; lastAt: string };
};

/** A release without what only its own steps read, and what may be long. */
export type ReleaseSummary = Omit<ReleaseRecord, "snapshot" | "intents" | "tasks" | "evidence">;
