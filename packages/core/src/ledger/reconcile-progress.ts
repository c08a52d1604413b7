import * as v from "valibot";
import { parseInput } from "../lib/parse.ts";
import type { Stored } from "./stored.ts";

/** How far reconcile has read GitHub's list of webhook deliveries. */
export const DeliveryWalk = v.object({
  /** Every delivery before this time has been checked. */
  since: v.string(),
  /** When this walk began, or the last one. */
  began: v.string(),
  /** Where the walk continues; absent when it has reached the end of the list. */
  cursor: v.exactOptional(v.string()),
});
export type DeliveryWalk = Stored<typeof DeliveryWalk>;

/** What one run of reconcile leaves to the next. Two runs at the same time may check the same entries twice. */
export const ReconcileProgress = v.object({
  /** ARN of the last execution that was checked; absent when it was the agenda's last one. */
  agendaAfter: v.exactOptional(v.string()),
  deliveries: v.exactOptional(DeliveryWalk),
});
export type ReconcileProgress = Stored<typeof ReconcileProgress>;

/** @throws InvalidInputError INPUT_INVALID naming every offending path */
export const readReconcileProgress = (value: unknown): ReconcileProgress => parseInput(ReconcileProgress, value);
