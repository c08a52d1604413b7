import type { Evidence } from "@lockmaster/core/ledger/evidence.ts";
import type { ReleaseRecord } from "@lockmaster/core/ledger/release-record.ts";
import type { ReleaseRef } from "@lockmaster/core/ledger/release-ref.ts";
import { releaseCost } from "@lockmaster/core/lib/prices.ts";
import type { ReleaseUsage } from "@lockmaster/core/lib/prices.ts";
import type { ExecutionView } from "@lockmaster/local-aws";
import * as v from "valibot";
import type { RunningImages } from "./running-images.ts";
import type { StoryPart } from "./story.ts";
import type { TimelineRow } from "./timeline.ts";

/** The release's status in the ledger; `refused` when it ended before it changed anything, `checked` for a check. */
export type ReleaseResult = StoryPart["expect"];

export type ServiceChange = { service: string; container: string; before: readonly string[]; after: readonly string[] };

/** Outcome, timeline, cost and services of a release that has ended. */
export type ReleaseReport = {
  execution: string;
  environment: string;
  sha: string;
  result: ReleaseResult;
  /** The execution's error; absent when it succeeded. */
  reason?: string;
  durationSeconds: number;
  stateTransitions: number;
  costUsd: number;
  states: readonly { state: string; seconds: number; polls: number }[];
  services: readonly ServiceChange[];
  evidence: readonly Evidence[];
};

type ReportSources = {
  execution: ExecutionView;
  /** Milliseconds since the epoch: the start of the execution or, for a redrive, of the redrive. */
  beganAt: number;
  identity: Pick<ReleaseRef, "id" | "environment" | "sha">;
  /** Undefined when the release was refused before it was recorded. */
  record: ReleaseRecord | undefined;
  rows: readonly TimelineRow[];
  usage: Omit<ReleaseUsage, "stateTransitions">;
  before: RunningImages;
  after: RunningImages;
};

export function releaseReport({
  execution,
  beganAt,
  identity,
  record,
  rows,
  usage,
  before,
  after,
}: ReportSources): ReleaseReport {
  const { stoppedAt = beganAt } = execution;
  const stateTransitions = transitions(execution, beganAt);
  const reason = reasonOf(execution);
  return {
    execution: identity.id,
    environment: identity.environment,
    sha: identity.sha,
    result: resultOf(record),
    ...(reason !== undefined && { reason }),
    durationSeconds: (stoppedAt - beganAt) / 1000,
    stateTransitions,
    costUsd: releaseCost({ ...usage, stateTransitions }).totalUsd,
    states: rows.map((row) => ({ state: row.state, seconds: secondsOf(row), polls: row.polls })),
    services: changes(before, after),
    evidence: record?.evidence ?? [],
  };
}

function resultOf(record: ReleaseRecord | undefined): ReleaseResult {
  if (record === undefined || record.status === "open") return "refused";
  return record.kind === "check" && record.status === "succeeded" ? "checked" : record.status;
}

/** As AWS bills: states entered and retries. A redrive reports only its own. */
function transitions({ stateTransitions, history, redriveCount }: ExecutionView, beganAt: number): number {
  if (redriveCount === 0) return stateTransitions;
  const entered = history.filter(
    (event) => event.type.endsWith("StateEntered") && event.timestamp.getTime() >= beganAt,
  );
  return entered.length + 1;
}

export function secondsOf({ startedAt, endedAt = startedAt }: TimelineRow): number {
  return (endedAt.getTime() - startedAt.getTime()) / 1000;
}

const LambdaCause = v.pipe(v.string(), v.parseJson(), v.object({ errorMessage: v.string() }));

/** A function's error is JSON in the execution's cause; readers need its message only. */
function reasonOf({ error, cause }: ExecutionView): string | undefined {
  if (error === undefined) return undefined;
  const parsed = v.safeParse(LambdaCause, cause);
  return parsed.success ? parsed.output.errorMessage : (cause ?? error);
}

function changes(before: RunningImages, after: RunningImages): ServiceChange[] {
  return Object.entries(after).flatMap(([service, containers]) =>
    Object.entries(containers).map(([container, digests]) => ({
      service,
      container,
      before: before[service]?.[container] ?? [],
      after: digests,
    })),
  );
}
