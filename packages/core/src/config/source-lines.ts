/** Finds the line of a configuration's field in the text of its file, which is TypeScript. */

/** What a value is written as: an object or a list with its entries, or the name of a variable. */
type Written = {
  entries: readonly { key: string; line: number; value: Written }[];
  /** Variables whose entries it has, too: the value itself, or what is spread into it. */
  names: readonly string[];
};

type Token = { text: string; kind: "word" | "string" | "sign"; line: number };

/** Comments, texts, words, spread, and every other character by itself. A template with an expression is one text. */
const tokenPattern =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`|\.\.\.|[\p{ID_Start}$_][\p{ID_Continue}$]*|\d[\w.]*|\S/gu;

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  for (const { 0: text, index } of source.matchAll(tokenPattern)) {
    line += linesIn(source.slice(at, index));
    at = index;
    if (text.startsWith("//") || text.startsWith("/*")) continue;
    if (/^["'`]/.test(text)) tokens.push({ text: text.slice(1, -1), kind: "string", line });
    else tokens.push({ text, kind: /^[\p{ID_Start}$_\d]/u.test(text) ? "word" : "sign", line });
  }
  return tokens;
}

const linesIn = (text: string): number => text.split("\n").length - 1;

/** Reads tokens from a place on: each reader returns what it read and where it stopped. */
function reader(tokens: readonly Token[]) {
  const is = (at: number, sign: string) => tokens[at]?.kind === "sign" && tokens[at].text === sign;
  const isEnd = (at: number) => tokens[at] === undefined || [",", ";", "}", "]", ")"].some((sign) => is(at, sign));

  /** A value up to the comma or bracket that ends it. What calls and `satisfies` wrap counts as written directly. */
  function value(start: number): { written: Written; end: number } {
    const parts: Written[] = [];
    let at = start;
    while (!isEnd(at)) {
      const opened = is(at, "{") ? "}" : is(at, "[") ? "]" : is(at, "(") ? ")" : undefined;
      if (opened !== undefined) {
        const inner = container(at + 1, opened);
        parts.push(inner.written);
        at = inner.end;
        continue;
      }
      const token = tokens[at];
      if (token?.kind === "word") parts.push({ entries: [], names: [token.text] });
      at += 1;
    }
    return { written: merged(parts), end: at };
  }

  function container(start: number, closing: string): { written: Written; end: number } {
    const parts: Written[] = [];
    let at = start;
    for (let index = 0; tokens[at] !== undefined && !is(at, closing); index += 1) {
      const { written, end } = entry(at, closing === "]" ? index : undefined);
      parts.push(written);
      // Brackets that do not fit, as in a file with an error, are passed over.
      at = is(end, closing) ? end : end + 1;
    }
    return { written: merged(parts), end: at + 1 };
  }

  function entry(at: number, index: number | undefined): { written: Written; end: number } {
    const token = tokens[at];
    if (token === undefined || is(at, "...")) return value(at + 1);
    const isComputed = is(at, "[") && tokens[at + 1]?.kind === "string" && is(at + 2, "]") && is(at + 3, ":");
    const key = isComputed ? tokens[at + 1] : token;
    const colon = isComputed ? at + 3 : at + 1;
    if (index === undefined && key !== undefined && key.kind !== "sign" && is(colon, ":")) {
      const { written, end } = value(colon + 1);
      return { written: { entries: [{ key: key.text, line: token.line, value: written }], names: [] }, end };
    }
    const { written, end } = value(at);
    if (index !== undefined) {
      return { written: { entries: [{ key: String(index), line: token.line, value: written }], names: [] }, end };
    }
    // A shorthand: the field has the name of its variable. Arguments of a call are passed through.
    if (token.kind !== "word" || end !== at + 1) return { written, end };
    return { written: { entries: [{ key: token.text, line: token.line, value: written }], names: [token.text] }, end };
  }

  return value;
}

const merged = (parts: readonly Written[]): Written => ({
  entries: parts.flatMap(({ entries }) => entries),
  names: parts.flatMap(({ names }) => names),
});

/**
 * Reads where a file writes the fields of its default export. Variables of the file, spreads, calls, `as const` and `satisfies` are
 * followed; what another file or a computation adds has no line here.
 *
 * @param source text of the file
 * @returns the line, from 1 on, of the deepest field of a path that the file writes; undefined when it writes none of it. The path
 * is that of a problem: `repositories["acme/shop"].images`
 */
export function sourceLines(source: string): (path: string) => number | undefined {
  const tokens = tokensOf(source);
  const value = reader(tokens);
  const variables = new Map<string, Written>();
  let exported: Written | undefined;
  for (const [at, { text, kind }] of tokens.entries()) {
    if (kind !== "word") continue;
    if (text === "default" && tokens[at - 1]?.text === "export") exported = value(at + 1).written;
    if (!["const", "let", "var"].includes(text)) continue;
    const name = tokens[at + 1]?.text ?? "";
    const equals = tokens.findIndex((token, index) => index > at && token.kind === "sign" && token.text === "=");
    if (equals > at && !variables.has(name)) variables.set(name, value(equals + 1).written);
  }

  function find(written: Written, keys: readonly string[], visited: ReadonlySet<string>): number | undefined {
    const [key, ...rest] = keys;
    if (key === undefined) return undefined;
    // The last one counts, as in JavaScript.
    const own = written.entries.findLast((entry) => entry.key === key);
    if (own !== undefined) return find(own.value, rest, new Set()) ?? own.line;
    for (const name of written.names.toReversed()) {
      const variable = visited.has(name) ? undefined : variables.get(name);
      const found = variable === undefined ? undefined : find(variable, keys, new Set([...visited, name]));
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return (path) => (exported === undefined ? undefined : find(exported, keysOf(path), new Set()));
}

/** The keys of a path that `formatPath` wrote. */
function keysOf(path: string): string[] {
  return [...path.matchAll(/\["((?:\\"|[^"])*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, quoted, index, name]) =>
    quoted === undefined ? (index ?? name ?? "") : quoted.replaceAll(String.raw`\"`, '"'),
  );
}
