import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { ProbeEvidence } from "../ledger/evidence.ts";

export type ProbePolicy = NonNullable<EnvironmentConfiguration["health"]["probe"]>;

/** The last response after redirects, or the reason why there is none. */
export type ProbeAnswer =
  | {
      kind: "answered";
      status: number;
      /** The part that was read. */
      body: string;
      /** The response is longer than the part that was read. */
      cut: boolean;
      /** Target of a redirect that was not followed. */
      redirect?: string;
    }
  | { kind: "unanswered"; problem: string };

/** That one probe follows. */
export const maxRedirects = 3;
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * The URL to request next, or undefined when the response is final: redirects are followed within the same origin, and from http
 * to https of the same host. With others, the probed server could choose what the function requests within its network; and the
 * login page of another host does not show the release's health.
 */
export function redirectTarget(
  from: URL,
  { status, location }: { status: number; location?: string },
): URL | undefined {
  if (!redirectStatuses.has(status) || location === undefined || !URL.canParse(location, from.href)) return undefined;
  const to = new URL(location, from);
  const upgrades = from.protocol === "http:" && to.protocol === "https:" && from.hostname === to.hostname;
  return from.origin === to.origin || upgrades ? to : undefined;
}

/** Of a response's body, kept as evidence. */
const maxEvidenceCharacters = 300;

/**
 * The evidence when a response does not meet the policy; undefined when it does.
 *
 * @param revisions commits of which the response must have one, where the policy has a `revisionPath`; empty in a rollback,
 * because an older version may report no revision
 */
export function findProbeFailure(
  answer: ProbeAnswer,
  policy: ProbePolicy,
  revisions: readonly string[],
): ProbeEvidence | undefined {
  const { url, status, revisionPath } = policy;
  const needsRevision = revisionPath !== undefined && revisions.length > 0;
  const expected = `status ${status}${needsRevision ? ` and revision ${revisions.join(" or ")} at ${revisionPath}` : ""}`;
  if (answer.kind === "unanswered") return { url, expected, problem: answer.problem };
  const failure = { url, expected, status: answer.status, body: answer.body.slice(0, maxEvidenceCharacters) };
  if (answer.status !== status) {
    return answer.redirect === undefined ? failure : { ...failure, problem: `redirects to ${answer.redirect}` };
  }
  if (!needsRevision) return undefined;
  if (answer.cut) return { ...failure, problem: "the response is too long to be read as JSON" };
  const found = valueAt(answer.body, revisionPath);
  if (typeof found !== "string") return { ...failure, problem: `has no string at ${revisionPath}` };
  const isExpected = revisions.some((revision) => isRevision(found, revision));
  return isExpected ? undefined : { ...failure, problem: `has revision ${found}` };
}

/** The default length of git's abbreviations. */
const minRevisionLength = 7;

/** Whether the text is the commit, in full or abbreviated to at least seven digits. */
function isRevision(text: string, commit: string): boolean {
  const hex = text.trim().toLowerCase();
  return hex.length >= minRevisionLength && commit.startsWith(hex);
}

/** The value at a path of names in a JSON text; undefined when there is none, or the text is not JSON. */
function valueAt(text: string, path: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}
