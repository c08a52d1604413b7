/** One place in which two values differ; absent on the side that does not have it. */
export type Difference = { path: string; from?: unknown; to?: unknown };

/**
 * Where two values of JSON differ, field by field. Elements of lists are compared by their `name` where they have one, as ECS
 * tells containers and variables apart, and else by their position.
 */
export function differencesOf(from: unknown, to: unknown, path = ""): Difference[] {
  const [before, after] = [membersOf(from), membersOf(to)];
  if (before === undefined || after === undefined || Array.isArray(from) !== Array.isArray(to)) {
    return from === to ? [] : [{ path, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
  }
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.flatMap((key) => differencesOf(before.get(key), after.get(key), path === "" ? dotless(key) : path + key));
}

const dotless = (key: string): string => key.replace(/^\./, "");

function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    return new Map(value.map((element: unknown, index) => [`[${nameOf(element) ?? index}]`, element]));
  }
  return new Map(
    Object.entries(value).map(([key, member]) => [/^[\w-]+$/.test(key) ? `.${key}` : `["${key}"]`, member]),
  );
}

function nameOf(element: unknown): string | undefined {
  return typeof element === "object" && element !== null && "name" in element && typeof element.name === "string"
    ? element.name
    : undefined;
}
