import type { RecordedEvent } from "@lockmaster/local/services/stepfunctions/history.ts";
import * as v from "valibot";
import { deliver } from "../deliver.ts";
import { pushPayload } from "../payloads.ts";
import type { Rehearsal } from "./rehearsal.ts";
import { releaseReport } from "./release-report.ts";
import type { ReleaseReport } from "./release-report.ts";
import { runningDigests } from "./running-digests.ts";
import type { StoryPart } from "./story.ts";
import { Timeline } from "./timeline.ts";
import type { TimelineRow } from "./timeline.ts";
import type { UsageMeter } from "./usage-meter.ts";

export type ReleaseListener = {
  /** The webhook has answered. */
  accepted(execution: string, environment: string): void;
  /** A state was entered, entered again, or left. */
  row(row: TimelineRow): void;
};

const Accepted = v.object({
  executions: v.tupleWithRest([v.object({ name: v.string(), environment: v.string() })], v.unknown()),
});

/**
 * Posts a push to the webhook and follows the release that it starts, to its end.
 *
 * @param author login of the one who pushes
 * @throws Error when the webhook starts no release
 */
export async function runRelease(
  rehearsal: Rehearsal,
  meter: UsageMeter,
  { repository, author, push }: { repository: string; author: string; push: StoryPart["push"] },
  listener: ReleaseListener,
): Promise<ReleaseReport> {
  const { aws, installation, webhookSecret } = rehearsal;
  const follower = followExecutions(rehearsal, listener);
  const used = meter.begin(aws);
  // The webhook's answer tells the environment; what runs there is asked for in all of them before anything changes.
  const before = await digestsByEnvironment(rehearsal, repository);
  try {
    const answer = await deliver({
      url: installation.webhookUrl,
      secret: webhookSecret,
      event: "push",
      payload: pushPayload({ repository, ...push, author, pushedAt: new Date(aws.clock.now()) }),
    });
    const accepted = v.safeParse(Accepted, answer.body);
    if (!accepted.success) {
      throw new Error(`The webhook answered ${answer.status} and started no release: ${JSON.stringify(answer.body)}`);
    }
    const { name, environment } = accepted.output.executions[0];
    listener.accepted(name, environment);
    const executionArn = `${installation.stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
    const rows = await follower.ended(executionArn);
    const execution = aws.stepFunctions.execution(executionArn);
    const after = await digestsByEnvironment(rehearsal, repository);
    const startedAt = new Date(execution.startedAt).toISOString();
    return releaseReport({
      execution,
      identity: { id: name, environment, sha: push.sha },
      record: await rehearsal.ledger.release({
        id: name,
        executionArn,
        startedAt,
        kind: "deploy",
        repository,
        environment,
        ref: `refs/heads/${push.branch}`,
        sha: push.sha,
      }),
      rows,
      usage: await used(),
      before: before[environment] ?? {},
      after: after[environment] ?? {},
    });
  } finally {
    follower.stop();
  }
}

async function digestsByEnvironment({ aws, configuration }: Rehearsal, repository: string) {
  const environments = Object.entries(configuration.repositories[repository]?.environments ?? {});
  return Object.fromEntries(
    await Promise.all(
      environments.map(async ([name, environment]) => [name, await runningDigests(aws, environment)] as const),
    ),
  );
}

/** Listens from before the webhook is called, since an execution may start before its answer is here. */
function followExecutions({ aws, topLevelStates }: Rehearsal, listener: ReleaseListener) {
  const timelines = new Map<string, Timeline>();
  const waiting = new Map<string, () => void>();
  const stop = aws.stepFunctions.onEvent((executionArn, event) => {
    const timeline = timelines.get(executionArn) ?? new Timeline(topLevelStates);
    timelines.set(executionArn, timeline);
    const row = timeline.add(event);
    if (row !== undefined) listener.row(row);
    if (isEnd(event)) waiting.get(executionArn)?.();
  });
  return {
    stop,
    async ended(executionArn: string): Promise<readonly TimelineRow[]> {
      if (aws.stepFunctions.execution(executionArn).status === "RUNNING") {
        await new Promise<void>((resolve) => waiting.set(executionArn, resolve));
      }
      return timelines.get(executionArn)?.rows ?? [];
    },
  };
}

function isEnd({ type }: RecordedEvent): boolean {
  return /^Execution(Succeeded|Failed|TimedOut|Aborted)$/.test(type);
}
