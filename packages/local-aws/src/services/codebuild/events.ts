/**
 * CodeBuild's events, in the format of
 * https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications-ref.html
 */
import type { ServiceEvent, World } from "../../world/world.ts";
import { type BuildState, type PhaseState, currentPhase, durationOf, logsOf } from "./build.ts";

export function buildStateChange(world: World, build: BuildState): ServiceEvent {
  const current = currentPhase(build);
  // A completed build shows the context of its last phase.
  const shown = current.type === "COMPLETED" ? build.phases.at(-2) : current;
  return event(build, "CodeBuild Build State Change", {
    "build-status": build.status,
    "project-name": build.project.name,
    "build-id": build.arn,
    "additional-information": additionalInformation(world, build),
    "current-phase": current.type,
    "current-phase-context": contextText(shown),
    version: "1",
  });
}

/** @param completed a phase that has just ended; the next one has begun */
export function buildPhaseChange(world: World, build: BuildState, completed: PhaseState): ServiceEvent {
  return event(build, "CodeBuild Build Phase Change", {
    "completed-phase": completed.type,
    "project-name": build.project.name,
    "build-id": build.arn,
    "completed-phase-context": contextText(completed),
    "additional-information": additionalInformation(world, build),
    "completed-phase-status": completed.status,
    "completed-phase-duration-seconds": durationOf(completed) ?? 0,
    version: "1",
    "completed-phase-start": formatTime(completed.startedAt),
    "completed-phase-end": formatTime(completed.endedAt ?? completed.startedAt),
  });
}

/** Formats a time as in CodeBuild's events, in UTC: `Sep 1, 2017 4:14:26 PM`. */
export function formatTime(milliseconds: number): string {
  const time = new Date(milliseconds);
  const month = "JanFebMarAprMayJunJulAugSepOctNovDec".slice(time.getUTCMonth() * 3, time.getUTCMonth() * 3 + 3);
  const pad = (value: number): string => String(value).padStart(2, "0");
  const hour = time.getUTCHours();
  const clock = `${hour % 12 === 0 ? 12 : hour % 12}:${pad(time.getUTCMinutes())}:${pad(time.getUTCSeconds())}`;
  return `${month} ${time.getUTCDate()}, ${time.getUTCFullYear()} ${clock} ${hour < 12 ? "AM" : "PM"}`;
}

function event(build: BuildState, detailType: string, detail: Record<string, unknown>): ServiceEvent {
  return { source: "aws.codebuild", detailType, resources: [build.arn], detail };
}

function additionalInformation(world: World, build: BuildState): Record<string, unknown> {
  const { project } = build;
  const { group, stream, deepLink } = logsOf(world, build);
  return {
    cache: { type: project.cache?.type ?? "NO_CACHE" },
    "build-number": build.number,
    "timeout-in-minutes": build.timeoutInMinutes,
    "build-complete": build.status !== "IN_PROGRESS",
    initiator: build.initiator,
    "build-start-time": formatTime(build.startedAt),
    source: {
      ...(project.source.buildspec !== undefined && { buildspec: project.source.buildspec }),
      ...(project.source.location !== undefined && { location: project.source.location }),
      type: project.source.type,
    },
    ...(build.sourceVersion !== undefined && { "source-version": build.sourceVersion }),
    artifact: { location: "" },
    environment: {
      image: project.environment.image,
      "privileged-mode": project.environment.privilegedMode ?? false,
      "image-pull-credentials-type": project.environment.imagePullCredentialsType,
      "compute-type": project.environment.computeType,
      type: project.environment.type,
      "environment-variables": build.variables,
    },
    logs: {
      ...(group !== undefined && { "group-name": group }),
      ...(stream !== undefined && { "stream-name": stream }),
      "deep-link": deepLink,
    },
    phases: build.phases.map(describePhase),
    "queued-timeout-in-minutes": project.queuedTimeoutInMinutes,
  };
}

function describePhase(phase: PhaseState): Record<string, unknown> {
  if (phase.endedAt === undefined) return { "start-time": formatTime(phase.startedAt), "phase-type": phase.type };
  return {
    "phase-context": contextLines(phase),
    "start-time": formatTime(phase.startedAt),
    "end-time": formatTime(phase.endedAt),
    "duration-in-seconds": durationOf(phase),
    "phase-type": phase.type,
    "phase-status": phase.status,
  };
}

function contextLines(phase: PhaseState): string[] {
  return phase.contexts.map(({ statusCode, message }) => `${statusCode}: ${message}`);
}

function contextText(phase: PhaseState | undefined): string {
  return `[${phase === undefined ? "" : contextLines(phase).join(", ")}]`;
}
