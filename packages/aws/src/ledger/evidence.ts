import type { Evidence } from "@lockmaster/core/ledger/evidence.ts";

/** An item of DynamoDB's holds 400 KB; a release needs room for much else. */
const evidenceBytes = 100_000;

/** What was known, followed by what is new; the same service and task again replaces what was said of them before. */
export function mergeEvidence(known: readonly Evidence[], added: readonly Evidence[]): readonly Evidence[] {
  const subject = ({ service, code, taskArn }: Evidence) => JSON.stringify([service, code, taskArn]);
  const replaced = new Set(added.map(subject));
  return [...known.filter((evidence) => !replaced.has(subject(evidence))), ...added];
}

/**
 * Evidence that fits into its release's item: log lines go first, from the oldest, the same share for each service; then the
 * service's events, and at last whole entries, from the end.
 *
 * @param limitBytes of the evidence as JSON in UTF-8; DynamoDB's own form is no larger than a third more
 */
export function boundEvidence(evidence: readonly Evidence[], limitBytes = evidenceBytes): readonly Evidence[] {
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
