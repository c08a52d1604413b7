import { notInLocalAws } from "../../protocol/errors.ts";
import { invalid } from "./errors.ts";

/** A term of a pattern: required, excluded (`-`), or optional (`?`; one of the optional terms must match). */
type Term = { sign: "" | "-" | "?"; text: string };

/**
 * Compiles a filter pattern for unstructured log lines: words and quoted phrases, case-sensitive.
 *
 * @throws AwsError InvalidParameterException for an unfinished phrase; NotInLocalAws for patterns of JSON (`{ … }`), of
 * space-delimited fields (`[ … ]`) and regular expressions (`% … %`)
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function compileFilterPattern(pattern: string): (message: string) => boolean {
  const text = pattern.trim();
  if (/^[{[%]/.test(text)) throw notInLocalAws(`filter patterns like '${pattern}'`);
  const terms = termsOf(text);
  const [required, excluded, optional] = (["", "-", "?"] as const).map((sign) =>
    terms.filter((one) => one.sign === sign),
  );
  return (message) => {
    const has = (term: Term): boolean => message.includes(term.text);
    if (excluded?.some(has) === true || required?.every(has) === false) return false;
    // When there are required terms, optional terms are ignored.
    return (required?.length ?? 0) > 0 || (optional?.length ?? 0) === 0 || optional?.some(has) === true;
  };
}

function termsOf(pattern: string): Term[] {
  const terms: Term[] = [];
  let rest = pattern;
  while (rest !== "") {
    const [whole, sign, phrase, word] = /^([-?]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))\s*/.exec(rest) ?? [];
    if (whole === undefined) throw invalid("Invalid filter pattern");
    const text = phrase === undefined ? (word ?? "") : phrase.replaceAll(/\\(.)/g, "$1");
    terms.push({ sign: sign === "-" || sign === "?" ? sign : "", text });
    rest = rest.slice(whole.length);
  }
  return terms;
}
