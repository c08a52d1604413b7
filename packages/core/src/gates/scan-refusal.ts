import { severities, type Waiver } from "../config/gates.ts";
import type { FindingEvidence } from "../ledger/judgement.ts";
import type { Excess } from "./scan-verdict.ts";
import { daysLeft } from "./waivers.ts";

/** Findings in the error message; the release's record has more. */
const maxNamedFindings = 10;
/** Bytes for the findings of all of a release's images in its record; a DynamoDB item has at most 400 KB. */
const maxFindingsBytes = 100_000;
const maxTextLength = 200;
const warningDays = 7;

/** The findings that refused an image, the most severe first, each once even if several manifests of an index have it. */
export function findingsOf(excesses: readonly Excess[]): FindingEvidence[] {
  const found = excesses.flatMap(({ findings }) => findings.map(evidenceOf));
  const unique = new Map(found.map((finding) => [JSON.stringify(finding), finding]));
  const severityRank = ({ severity }: FindingEvidence) => severities.findIndex((known) => known === severity);
  return [...unique.values()].toSorted((one, other) => severityRank(one) - severityRank(other));
}

/** The findings that fit into one image's share of the record. */
export function boundFindings(findings: readonly FindingEvidence[], images: number): FindingEvidence[] {
  let left = maxFindingsBytes / Math.max(1, images);
  return findings.filter((finding) => {
    left -= new TextEncoder().encode(JSON.stringify(finding)).length;
    return left >= 0;
  });
}

/** The reason for an operator: exceeded limits, findings with their fixed versions, and how to waive a finding. */
export function describeRefusal(
  { image, repository, fixableOnly }: { image: string; repository: string; fixableOnly: boolean },
  excesses: readonly Excess[],
): string {
  const findings = findingsOf(excesses);
  const exceeded = severities.flatMap((severity) => {
    const worst = excesses
      .filter((excess) => excess.severity === severity)
      .toSorted((one, other) => other.findings.length - one.findings.length)
      .at(0);
    return worst === undefined ? [] : `${worst.findings.length} ${severity} (limit ${worst.maximum})`;
  });
  const named = findings.slice(0, maxNamedFindings).map(describeFinding).join("; ");
  const more = findings.length - maxNamedFindings;
  const unknown = fixableOnly && excesses.some(({ findings }) => findings.some(({ fixable }) => fixable === "unknown"));
  return [
    `image ${image} has findings above the policy's limits: ${exceeded.join(", ")}. ${named}`,
    more > 0 ? `, and ${more} more in the release's record. ` : ". ",
    unknown
      ? "The scan does not report whether a newer version fixes them, so fixableOnly does not exclude them. "
      : "",
    "Update the packages and push another commit; or waive a finding until a date, in gates.scan.waivers or with ",
    `\`lockmaster waive ${findings[0]?.id ?? "<id>"} --repository ${repository} --image ${image} --owner <name> --reason <text> --until <date>\`, then redrive.`,
  ].join("");
}

/** Warnings about the waivers that an image passes by, with the days left in a waiver's last week. */
export function describeWaivers(waivers: readonly Waiver[], now: Date): string[] {
  return waivers.map((waiver) => {
    const { id, owner, until } = waiver;
    const days = daysLeft(waiver, now);
    const left = days === 0 ? "today is its last day" : `it expires in ${days} ${days === 1 ? "day" : "days"}`;
    const urgent = days <= warningDays ? `; ${left}, then the finding refuses the image` : "";
    return `${id} is waived until ${until}, owner ${owner}${urgent}`;
  });
}

function describeFinding({ id, severity, package: name, installedVersion, fixedVersion, link }: FindingEvidence) {
  const where = name === undefined ? "" : ` in ${name}${installedVersion === undefined ? "" : ` ${installedVersion}`}`;
  const fixedIn = fixedVersion === undefined ? "" : `, fixed in ${fixedVersion}`;
  return `${id} (${severity})${where}${fixedIn}${link === undefined ? "" : ` ${link}`}`;
}

function evidenceOf({ id, severity, package: name, installedVersion, fixedVersion, link }: FindingEvidence) {
  return {
    id: bound(id),
    severity,
    ...(name !== undefined && { package: bound(name) }),
    ...(installedVersion !== undefined && { installedVersion: bound(installedVersion) }),
    ...(fixedVersion !== undefined && { fixedVersion: bound(fixedVersion) }),
    ...(link !== undefined && { link: bound(link) }),
  };
}

/** A scanner's text comes from outside and can be long. */
const bound = (text: string): string => (text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text);
