import type { RecordedEvent } from "@lockmaster/local-aws/services/stepfunctions/interpreter/history.ts";

/** One line of a release's timeline: a state, with all its rounds when it was part of a loop. */
export type TimelineRow = {
  state: string;
  startedAt: Date;
  /** Undefined while it is under way. */
  endedAt?: Date;
  /** How often the state was entered in a row; more than once for a state that polls. */
  rounds: number;
};

/**
 * Turns history events into rows, one per Task or Map of the machine's top level. States that only steer (Choice, Wait,
 * Pass, Succeed) count into the row before them, so that a loop is one row with the time of all its rounds.
 */
export class Timeline {
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
      last.rounds += 1;
      delete last.endedAt;
      return last;
    }
    const row: TimelineRow = { state, startedAt: at, rounds: 1 };
    this.rows.push(row);
    return row;
  }

  /** A state on which the execution fails has no exit event: the execution's end is its end. */
  #end(event: RecordedEvent): TimelineRow | undefined {
    const last = this.rows.at(-1);
    if (last === undefined || last.endedAt !== undefined) return undefined;
    if (!/^Execution(Failed|TimedOut|Aborted)$/.test(event.type)) return undefined;
    last.endedAt = event.timestamp;
    return last;
  }
}
