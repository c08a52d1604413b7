import type { Clock } from "../clock/clock.ts";
import type { Instance } from "./instance.ts";

/** How long an instance is kept for the next invocation. Lambda tells nobody; what is seen is some minutes. */
const longestIdleMs = 10 * 60_000;

/** Frozen instances by function. */
export type InstancePool = {
  /** The one that was last in use, if any is left. */
  take(functionName: string): Instance | undefined;
  /** Does nothing with one that is discarded. */
  put(functionName: string, instance: Instance): void;
  /** Discards those of a function whose code or settings are others now. */
  drop(functionName: string): void;
  close(): void;
};

export function instancePool(clock: Clock): InstancePool {
  const idle = new Map<string, { instance: Instance; since: number }[]>();

  function drop(functionName: string): void {
    for (const { instance } of idle.get(functionName) ?? []) instance.discard();
    idle.delete(functionName);
  }

  return {
    drop,
    take(functionName) {
      const kept = idle.get(functionName) ?? [];
      // Ordered by when they were put here: once the youngest is too old, all are.
      while (kept[0] !== undefined && clock.now() - kept[0].since > longestIdleMs) kept.shift()?.instance.discard();
      return kept.pop()?.instance;
    },
    put(functionName, instance) {
      if (instance.isDiscarded) return;
      const kept = idle.get(functionName) ?? [];
      kept.push({ instance, since: clock.now() });
      idle.set(functionName, kept);
    },
    close() {
      for (const functionName of idle.keys()) drop(functionName);
    },
  };
}
