import type { Case } from "./cases.ts";

/** Messages to and from the workers. */
export type Job = { kind: "record"; walk: string } | { kind: "run"; one: Case };
export type Done =
  | { kind: "recorded"; walk: string; cases: Case[] }
  | { kind: "ran"; one: Case; broken: Readonly<Record<string, string>>; injected: boolean; cpuMs: number }
  /** The run itself failed: it hangs, or the local AWS has a defect. */
  | { kind: "failed"; job: Job; reason: string };
