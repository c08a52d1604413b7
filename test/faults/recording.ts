import type { Rehearsal } from "@lockmaster/rehearsal/rehearsal.ts";
import { compilePattern, FaultService, type ObservedCall } from "@lockmaster/local-aws";
import * as v from "valibot";
import { patternText } from "@lockmaster/installation/topology/event-pattern.ts";
import { rules } from "@lockmaster/installation/topology/topology.ts";

/** A function's call, with its number among equal calls. */
export type RecordedCall = { function: string; service: FaultService; operation: string; occurrence: number };
/** One invocation, with the calls that it made. */
export type RecordedInvocation = { function: string; calls: RecordedCall[] };
export type RecordedEntry = { state: string; occurrence: number };
export type RecordedEvent = { source: string; detailType: string; occurrence: number };
/** An invocation of a function by Step Functions, with its number. */
export type RecordedStart = { function: string; occurrence: number };

/** The points of a part of a story where faults can be injected. */
export type Recording = {
  invocations: readonly RecordedInvocation[];
  starts: readonly RecordedStart[];
  entries: readonly RecordedEntry[];
  events: readonly RecordedEvent[];
};

const Invoking = v.pipe(v.string(), v.parseJson(), v.object({ FunctionName: v.string() }));

/** Records what functions, Step Functions and EventBridge do. Occurrences count from the beginning, as in faults. */
export class Recorder {
  readonly #counts = new Map<string, number>();
  readonly #seen = new Set<string>();
  readonly #invocations = new Map<string, RecordedInvocation>();
  #starts: RecordedStart[] = [];
  #entries: RecordedEntry[] = [];
  #events: RecordedEvent[] = [];
  #from: string | undefined;

  /** Attempts of one call count once. */
  readonly observe = ({ call }: ObservedCall): void => {
    const { caller, service, operation, logicalCall = call.requestId } = call;
    if (caller.kind !== "function") return;
    const id = `${caller.invocationId} ${logicalCall}`;
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    const name = shortName(caller.functionName);
    const occurrence = this.#next(`${name} ${service} ${operation}`);
    if (this.#from !== undefined) return;
    const invocation = this.#invocations.get(caller.invocationId) ?? { function: name, calls: [] };
    this.#invocations.set(caller.invocationId, invocation);
    invocation.calls.push({ function: name, service: v.parse(FaultService, service), operation, occurrence });
  };

  watch({ aws, installation }: Pick<Rehearsal, "aws" | "installation">): void {
    aws.stepFunctions.onEvent((_, { stateEnteredEventDetails, taskScheduledEventDetails }) => {
      const state = stateEnteredEventDetails?.name;
      if (state !== undefined) {
        const occurrence = this.#next(`state ${state}`);
        if (state === this.#from) this.#from = undefined;
        if (this.#from === undefined) this.#entries.push({ state, occurrence });
      }
      const invoking = v.safeParse(Invoking, taskScheduledEventDetails?.parameters);
      if (!invoking.success) return;
      const name = shortName(invoking.output.FunctionName.split(":").at(-1) ?? "");
      const occurrence = this.#next(`start ${name}`);
      if (this.#from === undefined) this.#starts.push({ function: name, occurrence });
    });
    const { stateMachineArn, buildProjectPrefix } = installation;
    const references = { stateMachine: stateMachineArn, buildProjectPrefix };
    const patterns = Object.values(rules).map(({ pattern }) => compilePattern(patternText(pattern, references)));
    aws.onEvent((event) => {
      const { source, "detail-type": detailType } = event;
      const occurrence = this.#next(`event ${source} ${detailType}`);
      const matchesARule = patterns.some((matches) => matches(event));
      if (matchesARule && this.#from === undefined) this.#events.push({ source, detailType, occurrence });
    });
  }

  /** Discards the recording so far. @param from state at whose next entry recording starts again; at once if absent */
  begin(from: string | undefined): void {
    this.#invocations.clear();
    [this.#starts, this.#entries, this.#events] = [[], [], []];
    this.#from = from;
  }

  recording(): Recording {
    return {
      invocations: [...this.#invocations.values()],
      starts: this.#starts,
      entries: this.#entries,
      events: this.#events,
    };
  }

  #next(what: string): number {
    const count = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, count);
    return count;
  }
}

/** The function's file name, without the installation's prefix. */
function shortName(functionName: string): string {
  return functionName.replace(/^lockmaster-/, "");
}
