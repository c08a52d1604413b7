/** Values as TypeScript's source, formatted as this repository's formatter leaves it. */

export type SourceValue = string | readonly string[] | SourceObject;
export type SourceObject = {
  properties: readonly SourceProperty[];
  /** Each property on a line of its own, even where one line would be long enough for all. */
  block?: true;
};
export type SourceProperty = { key: string; value: SourceValue; comment?: string };

const width = 120;
const step = "  ";

/** @param before what stands on the first line already, indentation included; @param after what follows on the last one */
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

/** Text as lines of a comment. */
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

/** A comment needs a line of its own, and so does whatever is around it. */
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

/** In double quotes, unless single ones spare a backslash. */
function quoted(text: string): string {
  const json = JSON.stringify(text);
  const [doubles, singles] = [text.split('"').length, text.split("'").length];
  return doubles > singles ? `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'` : json;
}
