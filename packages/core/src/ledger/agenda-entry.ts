import * as v from "valibot";
import { parseInput } from "../lib/parse.ts";
import type { Stored } from "./stored.ts";

/**
 * A release whose execution has to be checked once it has ended. Written before anything else that the execution causes, and
 * removed when nothing of the release is left to do.
 */
export const AgendaEntry = v.object({
  repository: v.string(),
  environment: v.string(),
  startedAt: v.string(),
  id: v.string(),
  executionArn: v.string(),
  /** The newest redrive that is known to have begun. */
  redriveCount: v.number(),
  /** How many recoveries of this redrive were started, and when the last one was. */
  recoveries: v.exactOptional(v.object({ count: v.number(), lastAt: v.string() })),
});
export type AgendaEntry = Stored<typeof AgendaEntry>;

/** @throws InvalidInputError INPUT_INVALID naming every offending path */
export const readAgendaEntry = (value: unknown): AgendaEntry => parseInput(AgendaEntry, value);
