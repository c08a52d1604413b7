/**
 * What a terminal, a log viewer or a browser interprets instead of showing it: control characters (C0, DEL and C1, which begin
 * escape sequences), invisible and bidirectional format characters, separators of lines, and halves of surrogate pairs. Joiners
 * stay, because emoji and many scripts are written with them.
 *
 * @see https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 * @see https://trojansource.codes
 */
const unprintable = /(?!\u200C|\u200D)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The same without the line feed, for texts of several lines. */
const unprintableInLines = /(?!\u200C|[\u200D\n])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Enough for a sentence about one value. */
const sentenceLength = 500;

/**
 * A text from outside on one line, as logs, errors, terminals and answers show it: every unprintable character is an escape as in
 * JSON (`\u202e`), and a long text is cut with its full length. Rendering a rendered text changes nothing.
 *
 * @param longest number of UTF-16 units of the result at most, at least 40
 */
export function printable(text: string, longest = sentenceLength): string {
  return cut(text.slice(0, longest + 1).replaceAll(unprintable, escape), text.length, longest);
}

/** The same for a text of several lines, whose line feeds stay. */
export function printableLines(text: string, longest = Number.MAX_SAFE_INTEGER): string {
  return cut(text.slice(0, longest + 1).replaceAll(unprintableInLines, escape), text.length, longest);
}

/**
 * A value from outside in quotation marks, for a sentence about it.
 *
 * @param longest number of UTF-16 units between the quotation marks
 */
export const quoted = (text: string, longest?: number): string => `"${printable(text, longest)}"`;

function cut(rendered: string, originalLength: number, longest: number): string {
  if (rendered.length <= longest) return rendered;
  const note = `… (${originalLength} characters)`;
  // Not within an escape or a surrogate pair, half of which would be unprintable again.
  const kept = rendered.slice(0, longest - note.length).replace(/(?:\\u[0-9a-f]{0,3}|\\|[\uD800-\uDBFF])$/, "");
  return `${kept}${note}`;
}

/** One or two escapes of four digits, so that a text in JSON keeps its meaning. */
function escape(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index);
    return `\\u${unit.toString(16).padStart(4, "0")}`;
  }).join("");
}
