/**
 * Distributes the statements of a role over its inline policy and managed policies, within IAM's quotas. Every policy allows exactly
 * what the statements say: nothing is widened to make it fit.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
import { createHash } from "node:crypto";
import type { Statement } from "./policy.ts";

/** IAM's quotas for one role. The first two cannot be raised. IAM counts characters without white space. */
export const roleQuotas = {
  /** Of all inline policies together. */
  inlineCharacters: 10_240,
  /** Of one managed policy. */
  managedCharacters: 6144,
  /** Managed policies of a role: by default, and the most that a quota increase gives. */
  managedPolicies: { usual: 10, most: 25 },
} as const;

/** The statements of a role, by policy. */
export type RolePolicies = {
  inline: readonly Statement[];
  /** One entry for each managed policy; none when everything fits into the inline policy. */
  managed: readonly (readonly Statement[])[];
};

/** A role's policies, or why there are none, with their size. */
export type RoleSize = {
  /** Of one policy with all statements, without white space. */
  characters: number;
  /** What the role can hold. */
  capacity: number;
  /** Undefined when IAM has no room for the statements. */
  policies: RolePolicies | undefined;
};

/** Characters of a policy as IAM counts them: without white space. */
export const sizeOf = (statements: readonly unknown[]): number => documentOf(statements).replaceAll(/\s/g, "").length;

/** A policy's text. */
export const documentOf = (statements: readonly unknown[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/**
 * Splits statements over policies.
 *
 * The place of a resource depends on its own name, not on its position in the configuration. A service that is added therefore
 * changes the policy that it is added to. Only when that one is full, a further policy takes about an equal share from each of the
 * others; and when the quota has no further one, some entries move to others.
 *
 * @param quota how many managed policies the role may have
 */
export function splitOverPolicies(
  statements: readonly Statement[],
  quota: number = roleQuotas.managedPolicies.usual,
): RoleSize {
  const characters = sizeOf(statements);
  const { inlineCharacters, managedCharacters } = roleQuotas;
  const size = { characters, capacity: inlineCharacters + quota * managedCharacters };
  if (characters <= inlineCharacters) return { ...size, policies: { inline: statements, managed: [] } };
  const split = statements.map(splittable);
  const parts = partsOf(split);
  const enough = Math.max(
    1,
    Math.min(Math.ceil((characters / targetFill - inlineCharacters) / managedCharacters), quota),
  );
  for (const placement of ["own place", "any place"] as const) {
    for (let count = enough; count <= quota; count += 1) {
      const policies = distribute(split, parts, count, placement);
      if (policies !== undefined) return { ...size, policies };
    }
  }
  return { ...size, policies: undefined };
}

/** Policies keep some room where the quota permits it: then each entry is in its own place, and a further one moves none. */
const targetFill = 0.85;

/** A statement shorter than this stays in one piece: each further piece repeats its actions and conditions. */
const wholeCharacters = 1000;

/** What is placed in one piece: a whole statement, or one entry of its list. */
type Part = { statement: Splittable; entries: readonly string[]; rank: Buffer };

/** A statement that can be split: allowing each entry of its list by itself allows the same as all together. */
type Splittable = {
  /** Resources, or else the values of the only condition; empty when the statement has no such list. */
  list: readonly string[];
  /** The same statement with another list. */
  having: (list: readonly string[]) => Statement;
};

function splittable(statement: Statement): Splittable {
  const { Resource, Condition = {} } = statement;
  if (Resource !== "*") return { list: Resource, having: (list) => ({ ...statement, Resource: list }) };
  const [only, ...more] = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({ operator, key, values })),
  );
  if (only === undefined || more.length > 0 || typeof only.values === "string") {
    return { list: [], having: () => statement };
  }
  const { operator, key, values } = only;
  return { list: values, having: (list) => ({ ...statement, Condition: { [operator]: { [key]: list } } }) };
}

/** Whole statements first, then entries in an order that does not depend on the configuration's. */
function partsOf(statements: readonly Splittable[]): Part[] {
  const whole: Part[] = [];
  const single: Part[] = [];
  for (const statement of statements) {
    const { list, having } = statement;
    const [first] = list;
    if (first === undefined || JSON.stringify(having(list)).length <= wholeCharacters) {
      whole.push({ statement, entries: list, rank: first === undefined ? inlineFirst : rankOf(first) });
    } else {
      for (const entry of list) single.push({ statement, entries: [entry], rank: rankOf(entry) });
    }
  }
  return [...whole, ...single.sort((one, other) => Buffer.compare(one.rank, other.rank))];
}

/** Two bytes for each of up to 32 policies: an entry goes to the policy with the highest number that has room. */
const rankOf = (entry: string): Buffer => createHash("sha512").update(entry).digest();
const inlineFirst = Buffer.from(Array.from({ length: 32 }, (_, policy) => [255 - policy, 0]).flat());

/** A policy that is being filled: entries by statement. */
type Filling = { room: number; entries: Map<Splittable, string[]> };

/** The parts in an inline policy and `count` managed ones; undefined if they do not fit. */
function distribute(
  statements: readonly Splittable[],
  parts: readonly Part[],
  count: number,
  placement: "own place" | "any place",
): RolePolicies | undefined {
  const empty = sizeOf([]);
  const policies: Filling[] = Array.from({ length: count + 1 }, (_, index) => ({
    room: (index === 0 ? roleQuotas.inlineCharacters : roleQuotas.managedCharacters) - empty,
    entries: new Map(),
  }));
  for (const part of parts) {
    const places = preferred(part.rank, policies).slice(0, placement === "own place" ? 1 : undefined);
    if (!places.some((policy) => put(policy, part))) return undefined;
  }
  const [inline = [], ...managed] = policies.map(({ entries }) =>
    statements.flatMap((statement) => {
      const own = entries.get(statement);
      return own === undefined ? [] : [statement.having(inOrder(statement, own))];
    }),
  );
  // IAM refuses a policy without statements.
  return { inline, managed: managed.filter((own) => own.length > 0) };
}

/** The inline policy is larger than a managed one: it has two chances. */
const drawsOf = (policy: number): readonly number[] => (policy === 0 ? [0, 31] : [policy]);

/** The policies, the preferred one first. */
const preferred = (rank: Buffer, policies: readonly Filling[]): Filling[] =>
  policies
    .map((policy, index) => ({
      policy,
      weight: Math.max(...drawsOf(index).map((draw) => rank.readUInt16BE(draw * 2))),
    }))
    .sort((one, other) => other.weight - one.weight)
    .map(({ policy }) => policy);

/** Adds a part to a policy. @returns false if it has no room */
function put(policy: Filling, { statement, entries }: Part): boolean {
  const known = policy.entries.get(statement);
  const frame = known === undefined ? JSON.stringify(statement.having([])).length + 1 : 0;
  // Each entry has two quotation marks and a comma.
  const needed = entries.reduce((sum, entry) => sum + entry.length + 3, frame);
  if (needed > policy.room) return false;
  policy.room -= needed;
  if (known === undefined) policy.entries.set(statement, [...entries]);
  else known.push(...entries);
  return true;
}

/** In the order of the whole statement, so that equal policies have equal texts. */
function inOrder({ list }: Splittable, own: readonly string[]): readonly string[] {
  const placed = new Set(own);
  return list.filter((entry) => placed.has(entry));
}
