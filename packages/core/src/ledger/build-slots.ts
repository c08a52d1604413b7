import * as v from "valibot";
import { parseInput } from "../lib/parse.ts";
import { record } from "../lib/record.ts";
import type { Stored } from "./stored.ts";

/** A build that CodeBuild could not queue, and the task that waits to start it. */
export const SlotWaiter = v.object({
  repository: v.string(),
  image: v.string(),
  sha: v.string(),
  recipe: v.string(),
  execution: v.string(),
  taskToken: v.string(),
  /** When CodeBuild refused it first. */
  since: v.string(),
  /** `urgent`: an operator requested or redrove the release; `check`: only the tests of a pull request. */
  rank: v.picklist(["urgent", "release", "check"]),
});
export type SlotWaiter = Stored<typeof SlotWaiter>;

/** All builds that wait for a slot in CodeBuild's queue, and when each of their executions last got one. */
export const BuildSlots = v.object({
  /** By build. */
  waiters: v.exactOptional(record(v.string(), SlotWaiter), {}),
  /** ISO 8601, by execution. */
  turns: v.exactOptional(record(v.string(), v.string()), {}),
});
export type BuildSlots = Stored<typeof BuildSlots>;

/** @throws InvalidInputError INPUT_INVALID naming every offending path */
export const readBuildSlots = (value: unknown): BuildSlots => parseInput(BuildSlots, value);
