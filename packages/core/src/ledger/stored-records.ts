/** Reading back what the ledger keeps: an item may be older than the code that reads it, and says so instead of misleading. */
import * as v from "valibot";
import { RepositoryConfiguration, type StoredConfiguration } from "../config/schema.ts";
import type { ErrorCode } from "../lib/errors.ts";
import { parseInput } from "../lib/parse.ts";
import type { ReconcileProgress } from "./ports.ts";
import type { BuildRecord, PullRequestRecord } from "./build-record.ts";
import type { LockRecord } from "./lock-record.ts";
import type {
  AgendaEntry,
  Evidence,
  FindingEvidence,
  Judgement,
  ReleaseRecord,
  RequestedBy,
  ServiceIntent,
  ServiceSnapshot,
  TaskRun,
} from "./release-record.ts";

// A code that only a newer version knows must not keep an older one from reading the record.
const Code = v.custom<ErrorCode>((value) => typeof value === "string");
const Strings = v.record(v.string(), v.string());
const maybe = v.exactOptional;

const Snapshot: v.GenericSchema<ServiceSnapshot> = v.object({
  taskDefinition: maybe(v.string()),
  digests: Strings,
  serviceRevision: maybe(v.string()),
  deploymentId: maybe(v.string()),
  desiredCount: v.number(),
});

const Intent: v.GenericSchema<ServiceIntent> = v.object({
  at: v.string(),
  taskDefinition: maybe(v.string()),
  deploymentId: maybe(v.string()),
});

const Task: v.GenericSchema<TaskRun> = v.object({
  when: v.picklist(["before", "after"]),
  attempt: v.number(),
  redriveCount: v.number(),
  run: v.number(),
  taskDefinition: v.string(),
  startedAt: v.string(),
  status: v.picklist(["starting", "running", "succeeded", "failed", "stopped"]),
  taskArn: maybe(v.string()),
  exitCode: maybe(v.number()),
  failure: maybe(v.object({ code: Code, message: v.string() })),
  endedAt: maybe(v.string()),
  version: v.number(),
});

const StoredEvidence: v.GenericSchema<Evidence> = v.object({
  service: maybe(v.string()),
  code: Code,
  message: v.string(),
  taskArn: maybe(v.string()),
  stopCode: maybe(v.string()),
  stoppedReason: maybe(v.string()),
  container: maybe(v.string()),
  exitCode: maybe(v.number()),
  containerReason: maybe(v.string()),
  serviceEvents: maybe(v.array(v.string())),
  logLines: maybe(v.array(v.string())),
  probe: maybe(
    v.object({
      url: v.string(),
      expected: v.string(),
      status: maybe(v.number()),
      body: maybe(v.string()),
      problem: maybe(v.string()),
    }),
  ),
  alarms: maybe(v.array(v.string())),
});

const Finding: v.GenericSchema<FindingEvidence> = v.object({
  id: v.string(),
  severity: v.string(),
  package: maybe(v.string()),
  installedVersion: maybe(v.string()),
  fixedVersion: maybe(v.string()),
  link: maybe(v.string()),
});

const StoredJudgement: v.GenericSchema<Judgement> = v.object({
  digest: v.string(),
  sizeBytes: maybe(v.number()),
  scan: maybe(
    v.object({
      result: v.picklist(["passed", "refused", "unsupported", "disabled"]),
      counts: v.record(v.string(), v.number()),
      refusedBy: maybe(v.array(Finding)),
      waived: maybe(v.array(v.object({ id: v.string(), owner: v.string(), until: v.string() }))),
    }),
  ),
});

const Requester: v.GenericSchema<RequestedBy> = v.variant("kind", [
  v.object({ kind: v.literal("github"), login: v.string() }),
  v.object({ kind: v.literal("operator"), name: v.string() }),
  v.object({ kind: v.literal("lockmaster") }),
]);

const Kind = v.picklist(["deploy", "promote", "rollback", "check"]);

const Release: v.GenericSchema<ReleaseRecord> = v.object({
  id: v.string(),
  executionArn: v.string(),
  startedAt: v.string(),
  kind: Kind,
  repository: v.string(),
  environment: v.string(),
  ref: v.string(),
  sha: v.string(),
  requestedBy: Requester,
  requestedAt: v.string(),
  policyHash: v.string(),
  status: v.picklist(["open", "succeeded", "unproven", "rolled-back", "rollback-failed", "superseded", "failed"]),
  redriven: maybe(v.literal(true)),
  attempt: maybe(v.number()),
  snapshot: maybe(v.record(v.string(), Snapshot)),
  intents: maybe(v.record(v.string(), Intent)),
  tasks: maybe(v.record(v.string(), Task)),
  evidence: maybe(v.array(StoredEvidence)),
  plannedAtEpoch: maybe(v.number()),
  outdated: maybe(v.literal(true)),
  images: maybe(Strings),
  builtFrom: maybe(Strings),
  promotedFrom: maybe(v.object({ environment: v.string(), release: v.string() })),
  judgements: maybe(v.record(v.string(), StoredJudgement)),
  services: maybe(v.record(v.string(), Strings)),
  failure: maybe(v.object({ error: v.string(), cause: v.string() })),
  supersededBy: maybe(v.string()),
  endedAt: maybe(v.string()),
  pending: maybe(v.array(v.picklist(["event", "tags"]))),
  abandoned: maybe(v.array(v.string())),
  rollsBackTo: maybe(v.string()),
  recovers: maybe(v.object({ executionArn: v.string(), redriveCount: v.number() })),
});

const Agenda: v.GenericSchema<AgendaEntry> = v.object({
  executionArn: v.string(),
  repository: v.string(),
  environment: v.string(),
  startedAt: v.string(),
  id: v.string(),
  redriveCount: v.number(),
  recoveries: maybe(v.object({ count: v.number(), lastAt: v.string() })),
});

const Progress: v.GenericSchema<ReconcileProgress> = v.object({
  agendaAfter: maybe(v.string()),
  deliveries: maybe(v.object({ since: v.string(), began: v.string(), cursor: maybe(v.string()) })),
});

const Build: v.GenericSchema<BuildRecord> = v.object({
  repository: v.string(),
  image: v.string(),
  sha: v.string(),
  recipe: v.string(),
  ref: v.string(),
  check: maybe(v.literal(true)),
  attempt: v.number(),
  status: v.picklist(["starting", "running", "succeeded", "failed"]),
  startedAt: v.string(),
  buildId: maybe(v.string()),
  digest: maybe(v.string()),
  sizeBytes: maybe(v.number()),
  durationSeconds: maybe(v.number()),
  failure: maybe(v.object({ code: Code, message: v.string(), logUrl: maybe(v.string()) })),
  waiters: v.array(v.object({ execution: v.string(), redriveCount: v.number(), taskToken: v.string() })),
  version: v.number(),
});

const PullRequest: v.GenericSchema<PullRequestRecord> = v.object({
  repository: v.string(),
  ref: v.string(),
  latest: v.object({
    requestedAt: v.string(),
    receivedAt: v.string(),
    sha: v.string(),
    executionArn: maybe(v.string()),
  }),
  superseded: v.array(v.object({ executionArn: v.string(), sha: v.string() })),
  version: v.number(),
});

const ticket = {
  release: v.string(),
  executionArn: v.string(),
  startedAt: v.string(),
  requestedAt: v.string(),
};
const { requestedAt: _, ...holder } = ticket;
const inQueue = { kind: Kind, redriveCount: v.number() };

const Lock: v.GenericSchema<LockRecord> = v.object({
  repository: v.string(),
  environment: v.string(),
  epoch: v.number(),
  holder: maybe(v.object({ ...holder, ...inQueue })),
  dirty: v.boolean(),
  newest: maybe(v.object(ticket)),
  waiters: v.array(v.object({ ...ticket, ...inQueue, taskToken: v.string(), waitingSince: maybe(v.string()) })),
  freeze: maybe(
    v.object({
      by: v.string(),
      reason: v.string(),
      since: v.string(),
      until: maybe(v.string()),
      mode: v.picklist(["wait", "refuse"]),
    }),
  ),
  seenClosed: maybe(v.object({ executionArn: v.string(), redriveCount: v.number(), seenAt: v.string() })),
  lastSuccess: maybe(v.object({ release: v.string(), sha: v.string(), at: v.string() })),
  knownBad: v.array(v.object({ release: v.string(), images: Strings })),
  version: v.number(),
});

const Stored: v.GenericSchema<unknown, StoredConfiguration> = v.object({
  repository: v.string(),
  configuration: RepositoryConfiguration,
  hash: v.string(),
});

/** @throws InvalidInputError naming every offending path, as do the others here */
export const readReleaseRecord = (value: unknown): ReleaseRecord => parseInput(Release, value);

/** @throws InvalidInputError */
export const readAgendaEntry = (value: unknown): AgendaEntry => parseInput(Agenda, value);

/** @throws InvalidInputError */
export const readReconcileProgress = (value: unknown): ReconcileProgress => parseInput(Progress, value);

/** @throws InvalidInputError */
export const readBuildRecord = (value: unknown): BuildRecord => parseInput(Build, value);

/** @throws InvalidInputError */
export const readPullRequestRecord = (value: unknown): PullRequestRecord => parseInput(PullRequest, value);

/** @throws InvalidInputError */
export const readLockRecord = (value: unknown): LockRecord => parseInput(Lock, value);

/** @throws InvalidInputError */
export const readStoredConfiguration = (value: unknown): StoredConfiguration => parseInput(Stored, value);
