/** Remembers between two polls what the registry answered about a scan, because findings can arrive in instalments. */
import { createHash } from "node:crypto";
import type { SeenScan } from "../ledger/judgement.ts";
import type { FoundScan, ScanResult } from "./scan-result.ts";
import { meaningOf } from "./scan-status.ts";

/**
 * How long the registry's answer must stay the same until it counts, unless it is known to be complete. Longer without a completion
 * time: enhanced scanning answers like this before its findings are there (aws/aws-sdk#289), but also for good when there are none
 * (aws/aws-cli#6759).
 */
const minUnchangedSeconds = { withTime: 30, withoutTime: 60 };

/**
 * What to remember of an answer.
 *
 * @param before what the polls before remembered
 */
export function rememberScan(scan: ScanResult, before: SeenScan | undefined, now: Date): SeenScan | undefined {
  const listsFindings = scan.found && meaningOf(scan.status, scan.description).kind === "complete";
  if (!listsFindings && before === undefined) return undefined;
  const fingerprint = fingerprintOf(scan);
  if (fingerprint === before?.fingerprint) return before;
  const changes = before === undefined ? 0 : before.changes + (listsFindings ? 1 : 0);
  return { fingerprint, since: now.toISOString(), changes };
}

/** Whether the answer lists all findings, as far as can be known. */
export function isFinal(scan: FoundScan, seen: SeenScan | undefined, now: Date): boolean {
  return scan.isComplete || unchangedSeconds(seen, now) >= neededSeconds(scan);
}

/** Seconds until the next poll of an answer that does not count yet. Doubles with each change, to bound the number of polls. */
export function confirmAfterSeconds(scan: FoundScan, seen: SeenScan | undefined, now: Date): number {
  return Math.max(1, neededSeconds(scan) * 2 ** (seen?.changes ?? 0) - unchangedSeconds(seen, now));
}

const neededSeconds = ({ completedAt }: FoundScan): number =>
  completedAt === undefined ? minUnchangedSeconds.withoutTime : minUnchangedSeconds.withTime;

function unchangedSeconds(seen: SeenScan | undefined, now: Date): number {
  return seen === undefined ? 0 : Math.max(0, (now.getTime() - Date.parse(seen.since)) / 1000);
}

/** Does not depend on the order of the findings, which the registry does not promise. */
function fingerprintOf(scan: ScanResult): string {
  const content = scan.found
    ? [
        scan.status,
        Object.entries(scan.counts)
          .map((entry) => JSON.stringify(entry))
          .toSorted(),
        scan.findings.map((each) => JSON.stringify(each)).toSorted(),
      ]
    : [];
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 32);
}
