import type { FaultInput } from "@lockmaster/local-aws";
import { changeNames } from "./changes.ts";
import type { Recording, RecordedCall } from "./recording.ts";
import type { Trouble } from "./rig.ts";
import type { Walk } from "./walks.ts";

/** One run of a walk, with its fault. */
export type Case = {
  walk: string;
  /** One line for people: the fault and where it is injected. */
  label: string;
  trouble: Trouble;
  /**
   * What it takes to recover: `nothing` if the SDK and the state machine retry by themselves, `redrive` if an operator has to redrive,
   * `recovery` if the execution was stopped.
   */
  recoversBy: "nothing" | "redrive" | "recovery";
};

type Kind = Exclude<FaultInput["kind"], "stop" | "stale">;

/** For a call that changes nothing it makes no difference whether a fault comes before or after its effect. */
const reads = /^(Get|BatchGet|Describe|List|Query|Scan)/;
const ofReads: readonly Kind[] = ["throttle", "error500", "reset-after", "slow"];
const ofWrites: readonly Kind[] = ["throttle", "error500", "reset-before", "reset-after", "slow", "late"];
const ofStarts: readonly Kind[] = [...ofWrites, "kill-before", "kill-after"];

/** Every run of a walk. */
export function casesOf(
  walk: Pick<Walk, "name" | "functions" | "second" | "reconfigured">,
  recording: Recording,
): Case[] {
  if (walk.reconfigured) return changeCasesOf(walk, recording);
  return walk.second === undefined ? faultCasesOf(walk, recording) : pairCasesOf(walk, recording);
}

/** Cases of a pair: the second release starts at every state of the first, and half a second later. */
function pairCasesOf({ name: walk }: Pick<Walk, "name">, { entries }: Recording): Case[] {
  return sampledByName(entries, ({ state }) => state).flatMap(({ state, occurrence }) =>
    [0, 0.45].map((seconds) => ({
      walk,
      label: `the second ${seconds} s after entering ${state} #${occurrence}`,
      trouble: { second: { state, occurrence, seconds } },
      recoversBy: "nothing" as const,
    })),
  );
}

/** Cases of a configuration that changes: every change at every state, with and without the functions' permissions. */
function changeCasesOf({ name: walk }: Pick<Walk, "name">, { entries }: Recording): Case[] {
  const ways = ["as a deployment", "in the ledger"] as const;
  return sampledByName(entries, ({ state }) => state).flatMap(({ state, occurrence }) =>
    changeNames.flatMap((what) =>
      ways.map((how) => ({
        walk,
        label: `${what} ${how} 0.45 s after entering ${state} #${occurrence}`,
        trouble: { change: { state, occurrence, seconds: 0.45, what, how } },
        recoversBy: "nothing" as const,
      })),
    ),
  );
}

/** Cases of one release: each recorded call, invocation, event and state entry, with every fault that can be injected there. */
function faultCasesOf({ name: walk, functions }: Pick<Walk, "name" | "functions">, recording: Recording): Case[] {
  const isWalked = (one: { function: string }): boolean => functions?.includes(one.function) ?? true;
  return [
    ...callsOf(recording)
      .filter(isWalked)
      .flatMap((call) => callCases(walk, call)),
    ...sampledByName(recording.starts.filter(isWalked), (start) => start.function).flatMap((start) =>
      startCases(walk, start),
    ),
    ...sampledByName(recording.events, (event) => event.detailType).flatMap((event) => eventCases(walk, event)),
    ...sampledByName(recording.entries, (entry) => entry.state).flatMap((entry) => stopCases(walk, entry)),
  ];
}

/** Of repeated polls, the calls of the first, the second and the last poll. */
function callsOf({ invocations }: Recording): RecordedCall[] {
  const signature = ({ function: name, calls }: Recording["invocations"][number]): string =>
    `${name} ${calls.map(({ operation }) => operation).join()}`;
  return sampledByName(invocations, signature).flatMap(({ calls }) => calls);
}

/** Of more than three equal ones: the first, the second and the last. */
function sampledByName<T>(all: readonly T[], nameOf: (one: T) => string): T[] {
  const groups = Map.groupBy(all, nameOf);
  return all.filter((one) => {
    const group = groups.get(nameOf(one)) ?? [];
    return group.length <= 3 || one === group[0] || one === group[1] || one === group.at(-1);
  });
}

function callCases(walk: string, call: RecordedCall): Case[] {
  const isRead = reads.test(call.operation);
  const kinds = isRead ? ofReads : ofWrites;
  const one = (fault: FaultInput & { kind: Kind }, recoversBy: Case["recoversBy"] = "nothing"): Case => ({
    walk,
    label: `${fault.kind} (${fault.strength ?? "once"}) at ${call.function} ${call.service}:${call.operation} #${call.occurrence}`,
    trouble: { faults: [fault] },
    recoversBy,
  });
  return [
    ...kinds.flatMap((kind) => [one({ kind, ...call }), one({ kind, ...call, strength: "exhausted" })]),
    // The SDK does not retry an answer that it cannot read, so one such answer needs the state machine's retry.
    ...(isRead ? [] : [one({ kind: "kill-before", ...call }), one({ kind: "unreadable", ...call })]),
    one({ kind: "kill-after", ...call }),
    one({ kind: "error500", ...call, strength: "outage" }, "redrive"),
    ...(call.operation === "UpdateService" ? lateCases(walk, call) : []),
  ];
}

/** States whose functions call UpdateService. */
const updatingStates = new Map([
  ["deploy-service", "Deploy service"],
  ["rollback-service", "Roll back service"],
]);

/** In seconds: longer than the timeouts of client, function and state, and up to the longest delay that is promised. */
const longDelays = [30, 60, 120];

/** UpdateService that takes effect after its function has ended: repeated by the SDK, or never seen because the execution was stopped. */
function lateCases(walk: string, call: RecordedCall): Case[] {
  const state = updatingStates.get(call.function);
  return longDelays.flatMap((seconds): Case[] => {
    const late = { kind: "late", ...call, seconds } as const;
    const label = `late by ${seconds} s at ${call.function} ${call.operation} #${call.occurrence}`;
    const repeated: Case = { walk, label, trouble: { faults: [late] }, recoversBy: "nothing" };
    if (state === undefined) return [repeated];
    // Each entry of the state calls UpdateService once, so that both belong to the same release.
    const stop = { kind: "stop", state, occurrence: call.occurrence, seconds: 1 } as const;
    const faults: FaultInput[] = [{ ...late, strength: "exhausted" }, stop];
    return [repeated, { walk, label: `${label}, stopped in ${state}`, trouble: { faults }, recoversBy: "recovery" }];
  });
}

function startCases(walk: string, start: Recording["starts"][number]): Case[] {
  const address = { service: "lambda", operation: "Invoke", ...start } as const;
  return ofStarts.map((kind) => ({
    walk,
    label: `${kind} at the invocation of ${start.function} #${start.occurrence}`,
    trouble: { faults: [{ kind, ...address }] },
    recoversBy: "nothing",
  }));
}

function eventCases(walk: string, { source, detailType, occurrence }: Recording["events"][number]): Case[] {
  const happenings = [
    { happens: "lost" },
    { happens: "doubled", delaySeconds: 20 },
    { happens: "delayed", delaySeconds: 200 },
  ] as const;
  return happenings.map((happening) => ({
    walk,
    label: `${happening.happens}: event ${detailType} #${occurrence}`,
    trouble: { events: [{ source, detailType, occurrence, ...happening }] },
    recoversBy: "nothing",
  }));
}

/** At the entry of a state its function has not started; half a second later it is running. */
function stopCases(walk: string, { state, occurrence }: Recording["entries"][number]): Case[] {
  return [0, 0.45].map((seconds) => ({
    walk,
    label: `stopped ${seconds} s after entering ${state} #${occurrence}`,
    trouble: { faults: [{ kind: "stop", state, occurrence, seconds }] },
    recoversBy: "recovery",
  }));
}
