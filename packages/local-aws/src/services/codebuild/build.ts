import type { Build, StatusType } from "@aws-sdk/client-codebuild";
import type { World } from "../../world/world.ts";
import type { BuildPhase, BuildSource } from "../../engines/engine.ts";
import { type Variable } from "./environment.ts";
import type { StoredProject } from "./projects.ts";

export type PhaseContext = { statusCode: string; message: string };

export type PhaseState = {
  type: "SUBMITTED" | BuildPhase | "COMPLETED";
  startedAt: number;
  endedAt?: number;
  status?: Exclude<StatusType, "IN_PROGRESS">;
  contexts: readonly PhaseContext[];
};

/** The record of one build. */
export type BuildState = {
  /** `project:uuid` */
  id: string;
  arn: string;
  number: number;
  /** The project's settings at the start of the build. */
  project: StoredProject;
  sourceVersion?: string;
  variables: readonly Variable[];
  timeoutInMinutes: number;
  initiator: string;
  status: StatusType;
  startedAt: number;
  endedAt?: number;
  /** In order; the last phase is the current one. */
  phases: PhaseState[];
  exported: Readonly<Record<string, string>>;
};

export function currentPhase(build: BuildState): PhaseState {
  const phase = build.phases.at(-1);
  if (phase === undefined) throw new Error(`Build ${build.id} has no phase.`);
  return phase;
}

/** Whole seconds, as CodeBuild counts them. */
export function durationOf({ startedAt, endedAt }: PhaseState): number | undefined {
  return endedAt === undefined ? undefined : Math.floor((endedAt - startedAt) / 1000);
}

/** The location of the build's log. The log group and stream are known once the build is PROVISIONING. */
export function logsOf(world: World, build: BuildState): { group?: string; stream?: string; deepLink: string } {
  const home = `https://console.aws.amazon.com/cloudwatch/home?region=${world.region}#logEvent:`;
  if (!build.phases.some(({ type }) => type === "PROVISIONING")) return { deepLink: `${home}group=null;stream=null` };
  const { group, stream } = logStreamOf(build);
  return { group, stream, deepLink: `${home}group=${group};stream=${stream}` };
}

export function logStreamOf(build: BuildState): { group: string; stream: string } {
  return { group: `/aws/codebuild/${build.project.name}`, stream: build.id.slice(build.project.name.length + 1) };
}

/** What an engine needs to know of the project's source. Of the buildspec only one that is inlined counts. */
export function sourceOf({ source }: StoredProject): BuildSource {
  return {
    fetchesSubmodules: source?.gitSubmodulesConfig?.fetchSubmodules === true,
    gitCredentials: /^env:\n(?:[ #].*\n|\n)*? +git-credential-helper: *yes *$/m.test(source?.buildspec ?? ""),
  };
}

/** The build as BatchGetBuilds returns it. */
export function describeBuild(world: World, build: BuildState): Build {
  const { project } = build;
  const resolved = resolvedSourceVersion(build);
  const { group, stream, deepLink } = logsOf(world, build);
  return {
    id: build.id,
    arn: build.arn,
    buildNumber: build.number,
    startTime: new Date(build.startedAt),
    ...(build.endedAt !== undefined && { endTime: new Date(build.endedAt) }),
    currentPhase: currentPhase(build).type,
    buildStatus: build.status,
    ...(build.sourceVersion !== undefined && { sourceVersion: build.sourceVersion }),
    ...(resolved !== undefined && { resolvedSourceVersion: resolved }),
    projectName: project.name,
    phases: build.phases.map(describePhase),
    source: project.source,
    secondarySources: [],
    secondarySourceVersions: [],
    artifacts: { location: "" },
    ...(project.cache !== undefined && { cache: project.cache }),
    environment: { ...project.environment, environmentVariables: [...build.variables] },
    ...(project.serviceRole !== undefined && { serviceRole: project.serviceRole }),
    logs: {
      ...(group !== undefined && { groupName: group }),
      ...(stream !== undefined && { streamName: stream }),
      deepLink,
      cloudWatchLogsArn: `arn:aws:logs:${world.region}:${world.accountId}:log-group:${group ?? "null"}:log-stream:${stream ?? "null"}`,
      cloudWatchLogs: { status: "ENABLED" },
      s3Logs: { status: "DISABLED", encryptionDisabled: false },
    },
    timeoutInMinutes: build.timeoutInMinutes,
    queuedTimeoutInMinutes: project.queuedTimeoutInMinutes,
    buildComplete: build.status !== "IN_PROGRESS",
    initiator: build.initiator,
    ...(project.encryptionKey !== undefined && { encryptionKey: project.encryptionKey }),
    exportedEnvironmentVariables: Object.entries(build.exported).map(([name, value]) => ({ name, value })),
  };
}

function describePhase(phase: PhaseState): NonNullable<Build["phases"]>[number] {
  const durationInSeconds = durationOf(phase);
  return {
    phaseType: phase.type,
    ...(phase.status !== undefined && { phaseStatus: phase.status }),
    startTime: new Date(phase.startedAt),
    ...(phase.endedAt !== undefined && { endTime: new Date(phase.endedAt) }),
    ...(durationInSeconds !== undefined && { durationInSeconds }),
    ...(phase.contexts.length > 0 && { contexts: [...phase.contexts] }),
  };
}

// The local AWS has no git repository to resolve a branch or tag; only a commit SHA resolves, to itself.
function resolvedSourceVersion({ sourceVersion, phases }: BuildState): string | undefined {
  const downloaded = phases.some(({ type, status }) => type === "DOWNLOAD_SOURCE" && status === "SUCCEEDED");
  return downloaded && /^[0-9a-f]{40}$/.test(sourceVersion ?? "") ? sourceVersion : undefined;
}
