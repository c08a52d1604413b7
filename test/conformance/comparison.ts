import { isDeepStrictEqual } from "node:util";
import type { Answers, Case } from "./run-case.ts";

/** Strings in a recording that stand for any value. */
const ANYTHING = new Set([
  "timestamp",
  "datetime",
  "date",
  "uuid",
  "snf_role_arn",
  "x-amzn-RequestId",
  "X-Amzn-Trace-Id",
  "RequestId",
]);

/** Parses strings that contain JSON, also nested ones, so that whitespace and the order of members do not matter. */
function normalize(value: unknown): unknown {
  if (typeof value === "string") {
    const parsed = parse(value);
    return parsed === value ? value : normalize(parsed);
  }
  if (Array.isArray(value)) return value.map(normalize);
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, normalize(member)]));
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}

/** Whether `actual` equals the recorded value, whose placeholders match any value. */
function matches(expected: unknown, actual: unknown): boolean {
  if (typeof expected === "string") return matchesText(expected, actual);
  if (Array.isArray(expected))
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((item, index) => matches(item, actual[index]))
    );
  if (typeof expected !== "object" || expected === null) return isDeepStrictEqual(expected, actual);
  if (typeof actual !== "object" || actual === null) return false;
  const [wanted, given] = [Object.entries(expected), new Map(Object.entries(actual))];
  return (
    wanted.length === given.size && wanted.every(([key, member]) => given.has(key) && matches(member, given.get(key)))
  );
}

function matchesText(expected: string, actual: unknown): boolean {
  if (ANYTHING.has(expected)) return actual !== undefined;
  if (typeof actual !== "string") return false;
  const pattern = expected
    .split(/<[^<>]+>/)
    .map((literal) => literal.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[\\s\\S]*");
  return new RegExp(`^${pattern}$`).test(actual);
}

function mask(one: Case, value: unknown): unknown {
  const masked = one.maskings.reduce(
    (text, [pattern, replacement]) => text.replaceAll(new RegExp(pattern, "g"), replacement),
    JSON.stringify(value),
  );
  return normalize(JSON.parse(masked));
}

type Event = Record<string, unknown>;

function eventsOf(value: unknown): readonly Event[] {
  const holder = typeof value === "object" && value !== null && "events" in value ? value.events : [];
  return Array.isArray(holder) ? holder : [];
}

const withoutIds = ({ id: _id, previousEventId: _previous, ...event }: Event): Event => event;

/** The differences between the recorded answers and these. */
export function differences(one: Case, answers: Answers): readonly unknown[] {
  return one.expected.flatMap(({ kind, value }) => {
    const expected = normalize(value);
    if (kind === "describe") {
      const actual = mask(one, answers.describe);
      return matches(expected, actual) ? [] : [{ expected, actual }];
    }
    return eventDifferences(one, eventsOf(expected), eventsOf(mask(one, answers.history)));
  });
}

function eventDifferences(one: Case, expected: readonly Event[], actual: readonly Event[]): readonly unknown[] {
  const types = new Set(expected.map(({ type }) => type));
  if (!types.has("MapStateEntered") && !types.has("ParallelStateEntered"))
    return Array.from({ length: Math.max(expected.length, actual.length) }, (_, index) => index)
      .filter((index) => !matches(expected[index], actual[index]))
      .map((index) => ({ expected: expected[index], actual: actual[index] }));
  const left = actual.map(withoutIds);
  const missing = expected.map(withoutIds).filter((event) => {
    const index = left.findIndex((candidate) => matches(event, candidate));
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
  // A recording of a Parallel may lack closing events of its branches.
  const surplus = one.unorderedBranches ? left.filter(({ type }) => !/(Succeeded|Failed)$/.test(String(type))) : left;
  return [...missing.map((event) => ({ missing: event })), ...surplus.map((event) => ({ surplus: event }))];
}
