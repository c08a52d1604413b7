import type { Case } from "./cases.ts";

/** What the workers are told, and what they answer. */
export type Job = { kind: "record"; walk: string } | { kind: "run"; one: Case };
export type Done =
  | { kind: "recorded"; walk: string; cases: Case[] }
  | { kind: "ran"; one: Case; broken: Readonly<Record<string, string>>; injected: boolean; cpuMs: number }
  /** The run itself came to grief: it hangs, or the local AWS had a defect. */
  | { kind: "failed"; job: Job; reason: string };
