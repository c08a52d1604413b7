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

/** Which repository's tags reconcile has read last, and what it has found. */
export const TagWalk = v.object({
  /** Absent before the first one. */
  after: v.exactOptional(v.string()),
  /** Tags without a release, and in how many walks in a row each was found: 1, or 2 for more. */
  seen: v.array(
    v.object({
      repository: v.string(),
      environment: v.string(),
      ref: v.string(),
      sha: v.string(),
      walks: v.number(),
    }),
  ),
});
export type TagWalk = Stored<typeof TagWalk>;

/** What one run of reconcile leaves to the next. Two runs at the same time may check the same entries twice. */
export const ReconcileProgress = v.object({
  /** ARN of the last execution that was checked; absent when it was the agenda's last one. */
  agendaAfter: v.exactOptional(v.string()),
  deliveries: v.exactOptional(DeliveryWalk),
  tags: v.exactOptional(TagWalk),
});
export type ReconcileProgress = Stored<typeof ReconcileProgress>;

/** @throws InvalidInputError INPUT_INVALID naming every offending path */
export const readReconcileProgress = (value: unknown): ReconcileProgress => parseInput(ReconcileProgress, value);
