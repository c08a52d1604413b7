import type { Evidence } from "@lockmaster/core/ledger/evidence.ts";

/** A DynamoDB item holds 400 KB; a release's other attributes need most of it. */
const maxEvidenceBytes = 100_000;

/** Appends new evidence; evidence about the same service, code and task replaces the earlier entry. */
export function mergeEvidence(known: readonly Evidence[], added: readonly Evidence[]): readonly Evidence[] {
  const subject = ({ service, code, taskArn }: Evidence) => JSON.stringify([service, code, taskArn]);
  const replaced = new Set(added.map(subject));
  return [...known.filter((evidence) => !replaced.has(subject(evidence))), ...added];
}

/**
 * Shortens evidence so that it fits into its release's item: every entry gets an equal share, from which the oldest log lines
 * are removed first, then service events; then whole entries are removed, from the end.
 *
 * @param limitBytes of the evidence as JSON in UTF-8; DynamoDB's own form is at most a third larger
 */
export function boundEvidence(evidence: readonly Evidence[], limitBytes = maxEvidenceBytes): readonly Evidence[] {
  if (sizeOf(evidence) <= limitBytes) return evidence;
  const share = Math.floor(limitBytes / Math.max(evidence.length, 1));
  const bounded = evidence.map((entry) => boundEntry(entry, share));
  while (bounded.length > 1 && sizeOf(bounded) > limitBytes) bounded.pop();
  return bounded;
}

function boundEntry({ logLines = [], serviceEvents = [], ...facts }: Evidence, limitBytes: number): Evidence {
  let left = limitBytes - sizeOf(facts);
  const takeWhileRoom = (lines: readonly string[]) =>
    lines.filter((line) => {
      left = left < 0 ? left : left - sizeOf(line) - 1;
      return left >= 0;
    });
  const events = takeWhileRoom(serviceEvents);
  const lines = takeWhileRoom(logLines.toReversed()).reverse();
  return {
    ...facts,
    ...(events.length > 0 && { serviceEvents: events }),
    ...(lines.length > 0 && { logLines: lines }),
  };
}

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
