import { severities, type Waiver } from "../config/gates.ts";
import type { FindingEvidence } from "../ledger/judgement.ts";
import type { Excess } from "./scan-verdict.ts";
import { daysLeft } from "./waivers.ts";

/** The execution shows this many; the release's record in the ledger has more. */
const mostNamed = 10;
/** Bytes of the findings of all of a release's images in its record, which shares 400 KB with everything else. */
const evidenceBytes = 100_000;
const longestText = 200;
const warnedDays = 7;

/** The findings that refused an image, the gravest first, each once though several manifests of an index bear it. */
export function findingsOf(excesses: readonly Excess[]): FindingEvidence[] {
  const found = excesses.flatMap(({ findings }) => findings.map(evidenceOf));
  const unique = new Map(found.map((finding) => [JSON.stringify(finding), finding]));
  const gravity = ({ severity }: FindingEvidence) => severities.findIndex((known) => known === severity);
  return [...unique.values()].toSorted((one, other) => gravity(one) - gravity(other));
}

/** As many findings as fit into one image's share of the record. */
export function boundFindings(findings: readonly FindingEvidence[], images: number): FindingEvidence[] {
  let left = evidenceBytes / Math.max(1, images);
  return findings.filter((finding) => {
    left -= new TextEncoder().encode(JSON.stringify(finding)).length;
    return left >= 0;
  });
}

/** Why an image is refused, for an operator: what exceeds what, each finding with its remedy, and how to waive one. */
export function describeRefusal(
  { image, repository, fixableOnly }: { image: string; repository: string; fixableOnly: boolean },
  excesses: readonly Excess[],
): string {
  const findings = findingsOf(excesses);
  const most = severities.flatMap((severity) => {
    const worst = excesses
      .filter((excess) => excess.severity === severity)
      .toSorted((one, other) => other.findings.length - one.findings.length)
      .at(0);
    return worst === undefined ? [] : `${worst.findings.length} ${severity} where ${worst.maximum} may pass`;
  });
  const named = findings.slice(0, mostNamed).map(describeFinding).join("; ");
  const more = findings.length - mostNamed;
  const unknown = fixableOnly && excesses.some(({ findings }) => findings.some(({ fixable }) => fixable === "unknown"));
  return [
    `${image} has findings that the policy does not let pass: ${most.join(", ")}. ${named}`,
    more > 0 ? `, and ${more} more, which stand in the release's record. ` : ". ",
    unknown ? "The scan does not tell whether a newer version mends them, so that fixableOnly cannot spare them. " : "",
    "Update the packages and push another commit; or let somebody answer for a finding until a day, in gates.scan.waivers or with ",
    `\`lockmaster waive ${findings[0]?.id ?? "<id>"} --repository ${repository} --image ${image} --owner <who> --reason <why> --until <day>\`, then redrive.`,
  ].join("");
}

/** What a pass that leans on waivers says of each, and more urgently so in its last days. */
export function describeWaivers(waivers: readonly Waiver[], now: Date): string[] {
  return waivers.map((waiver) => {
    const { id, owner, until } = waiver;
    const days = daysLeft(waiver, now);
    const left = days === 0 ? "today is its last day" : `it ends in ${days} ${days === 1 ? "day" : "days"}`;
    const urgent = days <= warnedDays ? `; ${left}, and the finding refuses the image afterwards` : "";
    return `${id} passes by the waiver that ${owner} answers for until ${until}${urgent}`;
  });
}

function describeFinding({ id, severity, package: name, installedVersion, fixedVersion, link }: FindingEvidence) {
  const where = name === undefined ? "" : ` in ${name}${installedVersion === undefined ? "" : ` ${installedVersion}`}`;
  const mended = fixedVersion === undefined ? "" : `, mended in ${fixedVersion}`;
  return `${id} (${severity})${where}${mended}${link === undefined ? "" : ` ${link}`}`;
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

/** What a scanner writes is somebody else's text. */
const bound = (text: string): string => (text.length > longestText ? `${text.slice(0, longestText)}…` : text);
