import type { HistoryEvent, HistoryEventType } from "@aws-sdk/client-sfn";

/** An execution ends with its 25,000th event. Source: https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html */
export const HISTORY_LIMIT = 25_000;

/** The details member of a history event, which depends on its type. */
export type EventDetails = Omit<HistoryEvent, "id" | "type" | "timestamp" | "previousEventId">;

/** An event with the members that the SDK's type declares optional. */
export type RecordedEvent = EventDetails & {
  timestamp: Date;
  type: HistoryEventType;
  id: number;
  previousEventId: number;
};

/** Details of every input and output: the local AWS truncates none. */
export const WHOLE = { truncated: false } as const;

/** The events of one execution, numbered from 1. */
export class History {
  readonly #events: RecordedEvent[] = [];

  get length(): number {
    return this.#events.length;
  }

  get events(): readonly RecordedEvent[] {
    return this.#events;
  }

  append(type: HistoryEventType, previousEventId: number, now: number, details: EventDetails = {}): RecordedEvent {
    const id = this.#events.length + 1;
    const event: RecordedEvent = { timestamp: new Date(now), type, id, previousEventId, ...details };
    this.#events.push(event);
    return event;
  }
}

/** The event as GetExecutionHistory returns it with `includeExecutionData: false`. */
export function withoutExecutionData(event: RecordedEvent): RecordedEvent {
  const stripped: RecordedEvent = structuredClone(event);
  for (const details of Object.values(stripped)) {
    if (typeof details !== "object") continue;
    if ("input" in details) delete details.input;
    if ("output" in details) delete details.output;
  }
  return stripped;
}
