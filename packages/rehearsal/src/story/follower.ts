import type { RecordedEvent } from "@lockmaster/local-aws/services/stepfunctions/interpreter/history.ts";
import type { Rehearsal } from "../rehearsal.ts";
import { Timeline } from "./timeline.ts";
import type { TimelineRow } from "./timeline.ts";

/** Sees everything that executions do from now on. */
export type Follower = {
  /** Settles when the execution has ended, with what it did since the follower was made. */
  ended(executionArn: string): Promise<readonly TimelineRow[]>;
  stop(): void;
};

/**
 * Made before the webhook is called, since an execution may start before the webhook has answered.
 *
 * @param onRow told of every state that is entered, entered again, or left
 */
export function followExecutions(
  { aws, topLevelStates }: Pick<Rehearsal, "aws" | "topLevelStates">,
  onRow: (row: TimelineRow) => void,
): Follower {
  const timelines = new Map<string, Timeline>();
  const waiting = new Map<string, () => void>();
  const stop = aws.stepFunctions.onEvent((executionArn, event) => {
    const timeline = timelines.get(executionArn) ?? new Timeline(topLevelStates);
    timelines.set(executionArn, timeline);
    const row = timeline.add(event);
    if (row !== undefined) onRow(row);
    if (isEnd(event)) waiting.get(executionArn)?.();
  });
  return {
    stop,
    async ended(executionArn) {
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
