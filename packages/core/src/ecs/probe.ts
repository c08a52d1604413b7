import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { ProbeEvidence } from "../ledger/evidence.ts";

export type ProbePolicy = NonNullable<EnvironmentConfiguration["health"]["probe"]>;

/** What came of asking: the last answer after redirects, or why there was none. */
export type ProbeAnswer =
  | {
      kind: "answered";
      status: number;
      /** As much of it as was read. */
      body: string;
      /** Longer than what was read. */
      cut: boolean;
      /** Where it redirects to without having been followed. */
      redirect?: string;
    }
  | { kind: "unanswered"; problem: string };

/** How often a probe is redirected before it is enough. */
export const mostRedirects = 3;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Where to ask next, or undefined when the answer stands as it is: followed are redirects within the same origin, and those
 * of a host from http to https. Anything else would let whoever answers choose what the function asks within its network,
 * and a login page of somebody else's says nothing about the release.
 */
export function redirectTarget(
  from: URL,
  { status, location }: { status: number; location?: string },
): URL | undefined {
  if (!redirects.has(status) || location === undefined || !URL.canParse(location, from.href)) return undefined;
  const to = new URL(location, from);
  const upgrades = from.protocol === "http:" && to.protocol === "https:" && from.hostname === to.hostname;
  return from.origin === to.origin || upgrades ? to : undefined;
}

/** So much of an answer is kept as evidence. */
const keptCharacters = 300;

/**
 * What speaks against an answer; undefined when it is as it must be.
 *
 * @param revisions commits of which one must be told, where the policy asks for that; none on the way back, where nobody
 * knows what an older version tells
 */
export function objectionTo(
  answer: ProbeAnswer,
  policy: ProbePolicy,
  revisions: readonly string[],
): ProbeEvidence | undefined {
  const { url, status, revisionPath } = policy;
  const asksRevision = revisionPath !== undefined && revisions.length > 0;
  const expected = `status ${status}${asksRevision ? ` and at ${revisionPath} the revision ${revisions.join(" or ")}` : ""}`;
  if (answer.kind === "unanswered") return { url, expected, problem: answer.problem };
  const got = { url, expected, status: answer.status, body: answer.body.slice(0, keptCharacters) };
  if (answer.status !== status) {
    return answer.redirect === undefined ? got : { ...got, problem: `redirects to ${answer.redirect}` };
  }
  if (!asksRevision) return undefined;
  if (answer.cut) return { ...got, problem: "the answer is too long to be read as JSON" };
  const told = valueAt(answer.body, revisionPath);
  if (typeof told !== "string") return { ...got, problem: `tells no text at ${revisionPath}` };
  return revisions.some((revision) => isRevision(told, revision)) ? undefined : { ...got, problem: `tells ${told}` };
}

/** git's own shortest abbreviation. */
const shortestRevision = 7;

/** Whether what an application tells is the commit, in full or abbreviated to at least seven digits. */
function isRevision(told: string, commit: string): boolean {
  const hex = told.trim().toLowerCase();
  return hex.length >= shortestRevision && commit.startsWith(hex);
}

/** The value at a path of names in a JSON text; undefined when there is none, or the text is no JSON. */
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
