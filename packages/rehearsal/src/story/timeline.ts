import type { RecordedEvent } from "@lockmaster/local-aws";
import type { Rehearsal } from "../rehearsal.ts";

/** One line of a release's timeline: a state, with all its polls if it is part of a polling loop. */
export type TimelineRow = {
  state: string;
  startedAt: Date;
  /** Undefined while the state runs. */
  endedAt?: Date;
  /** How often the state was entered in a row; more than once for a state that polls. */
  polls: number;
};

/** Records what executions do, from its creation until `stop`. */
type TimelineRecorder = {
  /** Resolves when the execution has ended, with the states that it entered since the recorder was created. */
  untilEnd(executionArn: string): Promise<readonly TimelineRow[]>;
  stop(): void;
};

/**
 * Create the recorder before calling the webhook: an execution may start before the webhook answers.
 *
 * @param onRow called for every state that is entered, entered again, or left, with the ARN of its execution
 */
export function recordTimelines(
  { aws, topLevelStates }: Pick<Rehearsal, "aws" | "topLevelStates">,
  onRow: (row: TimelineRow, executionArn: string) => void,
): TimelineRecorder {
  const timelines = new Map<string, Timeline>();
  const waiting = new Map<string, () => void>();
  const stop = aws.stepFunctions.onEvent((executionArn, event) => {
    const timeline = timelines.get(executionArn) ?? new Timeline(topLevelStates);
    timelines.set(executionArn, timeline);
    const row = timeline.add(event);
    if (row !== undefined) onRow(row, executionArn);
    if (/^Execution(Succeeded|Failed|TimedOut|Aborted)$/.test(event.type)) waiting.get(executionArn)?.();
  });
  return {
    stop,
    async untilEnd(executionArn) {
      if (aws.stepFunctions.execution(executionArn).status === "RUNNING") {
        await new Promise<void>((resolve) => waiting.set(executionArn, resolve));
      }
      return timelines.get(executionArn)?.rows ?? [];
    },
  };
}

/**
 * Turns history events into rows, one per Task or Map of the machine's top level. Choice, Wait, Pass and Succeed states count
 * into the row before them, so that a polling loop is one row with the time of all its polls.
 */
class Timeline {
  readonly rows: TimelineRow[] = [];
  readonly #topLevel: ReadonlySet<string>;

  constructor(topLevelStates: Iterable<string>) {
    this.#topLevel = new Set(topLevelStates);
  }

  /** @returns the row that the event changed, if any */
  add(event: RecordedEvent): TimelineRow | undefined {
    const entered = event.stateEnteredEventDetails?.name;
    const name = entered ?? event.stateExitedEventDetails?.name;
    if (name === undefined || !this.#topLevel.has(name)) return this.#end(event);
    if (entered !== undefined && /^(Task|Map)State/.test(event.type)) return this.#enter(entered, event.timestamp);
    const last = this.rows.at(-1);
    if (last !== undefined && entered === undefined) last.endedAt = event.timestamp;
    return last;
  }

  #enter(state: string, at: Date): TimelineRow {
    const last = this.rows.at(-1);
    if (last?.state === state) {
      last.polls += 1;
      delete last.endedAt;
      return last;
    }
    const row: TimelineRow = { state, startedAt: at, polls: 1 };
    this.rows.push(row);
    return row;
  }

  /** A state on which the execution fails has no exit event: it ends with the execution. */
  #end(event: RecordedEvent): TimelineRow | undefined {
    const last = this.rows.at(-1);
    if (last === undefined || last.endedAt !== undefined) return undefined;
    if (!/^Execution(Failed|TimedOut|Aborted)$/.test(event.type)) return undefined;
    last.endedAt = event.timestamp;
    return last;
  }
}
