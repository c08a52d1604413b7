import type { Clock } from "../clock/clock.ts";
import type { Caller } from "../protocol/service.ts";
import { randomHex } from "./host.ts";
import { createInstance, type FunctionSettings, type Instance, type InstanceOptions } from "./instance.ts";

/** Maximum time that an idle instance is kept. Lambda documents no limit; observers report some minutes. */
const maxIdleMs = 10 * 60_000;

/** The instances of all functions, and the invocations in them. */
export type Instances = {
  /** Returns an instance for an invocation: the idle one that was used last, or a new one. */
  acquire(settings: FunctionSettings, requestId: string): { instance: Instance; isWarm: boolean };
  /** Keeps an instance, frozen, for the next invocation. Does nothing with a discarded one. */
  keep(functionName: string, instance: Instance): void;
  /** Discards the idle instances of a function whose code or settings have changed. */
  drop(functionName: string): void;
  /** The function that signs with this access key, and its last invocation. */
  callerOf(accessKeyId: string): Caller | undefined;
  /** The instance that ran an invocation, until the instance is discarded: a reply may be delayed beyond the invocation. */
  instanceOf(invocationId: string): Instance | undefined;
  /** Discards all idle instances. */
  close(): void;
};

export type InstancesOptions = Pick<InstanceOptions, "host" | "region" | "log"> & {
  clock: Clock;
  random: () => number;
  endpoint: () => string;
};

export function functionInstances({ clock, random, endpoint, ...options }: InstancesOptions): Instances {
  /** Idle instances by function, in the order in which they became idle. */
  const idle = new Map<string, { instance: Instance; since: number }[]>();
  /** By access key. Entries stay after the instance's end, because a request of the instance can still arrive. */
  const callers = new Map<string, Caller>();
  const byInvocation = new Map<string, Instance>();

  function takeIdle(functionName: string): Instance | undefined {
    const kept = idle.get(functionName) ?? [];
    while (kept[0] !== undefined && clock.now() - kept[0].since > maxIdleMs) kept.shift()?.instance.discard();
    return kept.pop()?.instance;
  }

  function create(settings: FunctionSettings): Instance {
    const instance = createInstance({
      ...options,
      settings,
      endpoint: endpoint(),
      accessKeyId: `ASIALOCAL${String(callers.size).padStart(11, "0")}`,
      logStream: `${logDay(clock)}/[$LATEST]${randomHex(random, 32)}`,
      onDiscard: () => removeInvocations(instance),
    });
    return instance;
  }

  function removeInvocations(instance: Instance): void {
    for (const [requestId, itsInstance] of byInvocation) if (itsInstance === instance) byInvocation.delete(requestId);
  }

  function drop(functionName: string): void {
    for (const { instance } of idle.get(functionName) ?? []) instance.discard();
    idle.delete(functionName);
  }

  return {
    acquire(settings, requestId) {
      const warm = takeIdle(settings.name);
      const instance = warm ?? create(settings);
      callers.set(instance.accessKeyId, { kind: "function", functionName: settings.name, invocationId: requestId });
      byInvocation.set(requestId, instance);
      return { instance, isWarm: warm !== undefined };
    },
    keep(functionName, instance) {
      if (instance.isDiscarded) return;
      const kept = idle.get(functionName) ?? [];
      kept.push({ instance, since: clock.now() });
      idle.set(functionName, kept);
    },
    drop,
    callerOf: (accessKeyId) => callers.get(accessKeyId),
    instanceOf: (invocationId) => byInvocation.get(invocationId),
    close() {
      for (const functionName of idle.keys()) drop(functionName);
    },
  };
}

/** Log streams are named by day: `2026/11/21`. */
function logDay(clock: Clock): string {
  return new Date(clock.now()).toISOString().slice(0, 10).replaceAll("-", "/");
}
