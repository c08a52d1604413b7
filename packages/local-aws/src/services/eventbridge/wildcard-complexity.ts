import { invalidPattern } from "./errors.ts";
import type { Alternative } from "./pattern.ts";

/**
 * How many beginnings of wildcards one value may match at the same time. AWS documents the limit's existence and message;
 * the number is what rules at AWS were observed to be refused with.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html (wildcards)
 * @see https://github.com/aws/event-ruler (MachineComplexityEvaluator)
 */
const maxComplexity = 10;

/**
 * Refuses wildcards that are too expensive to match. The wildcards of a field count together; alternatives count together
 * when the fields before it are the same.
 *
 * @throws AwsError InvalidEventPatternException
 */
export function checkComplexity(alternatives: readonly Alternative[]): void {
  const machines = new Map<string, Set<string>>();
  for (const alternative of alternatives) {
    let before = "";
    for (const { path, filters, text } of alternative.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
      const machine = `${before}\n${path}`;
      const wildcards = filters.flatMap((filter) => filter.wildcards ?? []);
      machines.set(machine, new Set([...(machines.get(machine) ?? []), ...wildcards]));
      before = `${machine}=${text}`;
    }
  }
  for (const wildcards of machines.values()) {
    if (complexityOf([...wildcards]) <= maxComplexity) continue;
    throw invalidPattern(
      "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character",
    );
  }
}

/** A position in a wildcard: so many tokens matched. */
type Position = { wildcard: number; matched: number };

const any = Symbol("*");
type Token = string | typeof any;

/** The largest number of positions at which the wildcards can be after the same beginning of a value. */
function complexityOf(wildcards: readonly string[]): number {
  const tokens = wildcards.map(tokensOf);
  // One more character stands for all that no wildcard names.
  const characters = [...new Set(tokens.flat().filter((token) => typeof token === "string")), ""];
  const pending: (readonly Position[])[] = [tokens.map((_, wildcard) => ({ wildcard, matched: 0 }))];
  const seen = new Set<string>();
  let most = 0;
  for (let positions = pending.pop(); positions !== undefined; positions = pending.pop()) {
    for (const character of characters) {
      const next = after(tokens, positions, character);
      const key = next.map(({ wildcard, matched }) => `${wildcard}:${matched}`).join(" ");
      if (next.length === 0 || seen.has(key)) continue;
      seen.add(key);
      most = Math.max(most, next.length);
      // A larger number does not change the answer, and the search could take long.
      if (most > maxComplexity) return most;
      pending.push(next);
    }
  }
  return most;
}

function after(
  tokens: readonly (readonly Token[])[],
  positions: readonly Position[],
  character: string,
): readonly Position[] {
  const reached = new Map<string, Position>();
  const reach = (wildcard: number, matched: number): void => {
    reached.set(`${wildcard}:${matched}`, { wildcard, matched });
    // An asterisk also matches no characters.
    if (tokens[wildcard]?.[matched] === any) reach(wildcard, matched + 1);
  };
  for (const { wildcard, matched } of positions) {
    const all = tokens[wildcard] ?? [];
    if (all[matched - 1] === any) reach(wildcard, matched);
    if (all[matched] === character) reach(wildcard, matched + 1);
  }
  return [...reached.values()].toSorted((a, b) => a.wildcard - b.wildcard || a.matched - b.matched);
}

/** The engine matches a value with its quotation marks. */
function tokensOf(wildcard: string): readonly Token[] {
  const tokens = wildcard.match(/\\[*\\]|[^]/gu) ?? [];
  return ['"', ...tokens.map((token) => (token === "*" ? any : token.replace(/^\\(?=.)/, ""))), '"'];
}
