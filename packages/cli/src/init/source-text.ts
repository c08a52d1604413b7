/** Renders values as TypeScript source, formatted like this repository. */

export type SourceValue = string | readonly string[] | SourceObject;
export type SourceObject = {
  properties: readonly SourceProperty[];
  /** Puts each property on its own line, even if all fit on one line. */
  block?: true;
};
export type SourceProperty = { key: string; value: SourceValue; comment?: string };

const width = 120;
const step = "  ";

/** @param before text before the value on the first line, with indentation; @param after text after it on the last line */
export function sourceOf(value: SourceValue, before: string, after: string, indent = ""): string {
  const line = `${before}${inline(value)}${after}`;
  if (!isBlock(value) && line.length <= width) return line;
  if (typeof value === "string") return line;
  const inner = indent + step;
  const lines = isList(value)
    ? value.map((element) => `${inner}${quoted(element)},`)
    : value.properties.map((property) => propertyText(property, inner));
  const [opening, closing] = isList(value) ? ["[", "]"] : ["{", "}"];
  return [`${before}${opening}`, ...lines, `${indent}${closing}${after}`].join("\n");
}

/** Wraps text into lines of a comment. */
export function commentLines(text: string, prefix: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || `${last} ${word}`.length > width) lines.push(`${prefix} ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function propertyText({ key, value, comment }: SourceProperty, indent: string): string {
  const text = sourceOf(value, `${indent}${keyText(key)}: `, ",", indent);
  return comment === undefined ? text : [...commentLines(comment, `${indent}//`), text].join("\n");
}

const isList = (value: readonly string[] | SourceObject): value is readonly string[] => Array.isArray(value);

/** A comment needs its own line, and so do the objects around it. */
function isBlock(value: SourceValue): boolean {
  if (typeof value === "string" || isList(value)) return false;
  return (
    value.block === true ||
    value.properties.some((property) => property.comment !== undefined || isBlock(property.value))
  );
}

function inline(value: SourceValue): string {
  if (typeof value === "string") return quoted(value);
  if (isList(value)) return `[${value.map(quoted).join(", ")}]`;
  return `{ ${value.properties.map(({ key, value }) => `${keyText(key)}: ${inline(value)}`).join(", ")} }`;
}

const keyText = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key));

/** In double quotes, or in single quotes if that needs fewer backslashes. */
function quoted(text: string): string {
  const json = JSON.stringify(text);
  const [doubles, singles] = [text.split('"').length, text.split("'").length];
  return doubles > singles ? `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'` : json;
}
