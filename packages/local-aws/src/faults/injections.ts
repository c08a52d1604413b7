import type { CallFault } from "../scenario/fault-rules.ts";

/** A call of a function, or an invocation of one, as faults tell them apart. */
export type Subject = {
  functionName: string;
  /** Invocation that calls; of an invocation itself, its own. */
  invocation: string;
  service: string;
  operation: string;
  /** The same for every attempt that an SDK makes of one call. */
  logicalCall: string;
};

/** Finds the fault that a call meets, and counts the calls that each fault's address matches. */
export type Injections = {
  /** @param now milliseconds; the first fault that strikes counts */
  meet(subject: Subject, now: number): CallFault | undefined;
  /** Which of the faults have struck so far. */
  readonly injected: ReadonlySet<CallFault>;
};

export function createInjections(faults: readonly CallFault[]): Injections {
  const counters = faults.map((fault) => ({ fault, injections: counter(fault) }));
  const injected = new Set<CallFault>();
  return {
    meet(subject, now) {
      let met: CallFault | undefined;
      // All of them count the call, whichever strikes.
      for (const { fault, injections } of counters) {
        if (injections(subject, now)) met ??= fault;
      }
      if (met !== undefined) injected.add(met);
      return met;
    },
    injected,
  };
}

type Beginning = { at: number; invocation: string; logicalCall: string };

function counter(fault: CallFault): (subject: Subject, now: number) => boolean {
  const { occurrence, strength, outageSeconds } = fault;
  const seen = new Set<string>();
  const injected = new Set<string>();
  let beginning: Beginning | undefined;

  return (subject, now) => {
    if (!matches(fault, subject)) return false;
    const { logicalCall, invocation } = subject;
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

function matches(fault: CallFault, { functionName, service, operation }: Subject): boolean {
  return (
    (fault.function === undefined || functionName === fault.function || functionName.endsWith(`-${fault.function}`)) &&
    (fault.service === undefined ? service !== "lambda" : service === fault.service) &&
    (fault.operation === undefined || operation === fault.operation)
  );
}
