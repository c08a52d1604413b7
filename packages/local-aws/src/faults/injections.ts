import type { CallFault } from "../scenario/fault-rules.ts";

/** A call of a function, or an invocation of a function, with the data that faults match. */
type InjectableCall = {
  functionName: string;
  /** Id of the invocation that makes the call, or of the invocation itself. */
  invocation: string;
  service: string;
  operation: string;
  /** The same for every attempt that an SDK makes of one call. */
  logicalCall: string;
};

/** Finds the fault of a call, and counts the calls that match each fault. */
export type Injections = {
  /** The first of the faults that apply to a call. @param now milliseconds */
  faultOf(call: InjectableCall, now: number): CallFault | undefined;
  /** The faults that were injected so far. */
  readonly injected: ReadonlySet<CallFault>;
};

export function createInjections(faults: readonly CallFault[]): Injections {
  const counters = faults.map((fault) => ({ fault, applies: counter(fault) }));
  const injected = new Set<CallFault>();
  return {
    faultOf(call, now) {
      let first: CallFault | undefined;
      // Every fault counts the call, also when another fault is injected.
      for (const { fault, applies } of counters) {
        if (applies(call, now)) first ??= fault;
      }
      if (first !== undefined) injected.add(first);
      return first;
    },
    injected,
  };
}

type Beginning = { at: number; invocation: string; logicalCall: string };

function counter(fault: CallFault): (call: InjectableCall, now: number) => boolean {
  const { occurrence, strength, outageSeconds } = fault;
  const seen = new Set<string>();
  const injected = new Set<string>();
  let beginning: Beginning | undefined;

  return (call, now) => {
    if (!matches(fault, call)) return false;
    const { logicalCall, invocation } = call;
    seen.add(logicalCall);
    if (occurrence === "every" || seen.size === occurrence) beginning ??= { at: now, invocation, logicalCall };
    if (beginning === undefined) return false;
    switch (strength) {
      case "once": {
        const first = !injected.has(logicalCall);
        injected.add(logicalCall);
        return first && (occurrence === "every" || logicalCall === beginning.logicalCall);
      }
      case "exhausted":
        return occurrence === "every" || invocation === beginning.invocation;
      case "outage":
        return now < beginning.at + outageSeconds * 1000;
    }
  };
}

function matches(fault: CallFault, { functionName, service, operation }: InjectableCall): boolean {
  return (
    (fault.function === undefined || functionName === fault.function || functionName.endsWith(`-${fault.function}`)) &&
    (fault.service === undefined ? service !== "lambda" : service === fault.service) &&
    (fault.operation === undefined || operation === fault.operation)
  );
}
