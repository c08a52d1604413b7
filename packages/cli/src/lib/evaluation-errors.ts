/** Explains why a configuration file, which is a program, could not be evaluated: in which file and line. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** A file as its author knows it: relative to the current folder, if it is below. */
export function shownPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") ? file : path;
}

/** What failed, and where: the place of a syntax error, or the first frame of the stack that is the author's. */
export function describeEvaluation(file: string, error: unknown): string {
  if (!(error instanceof Error)) {
    return `${shownPath(file)} throws ${typeof error === "string" ? JSON.stringify(error) : String(error)}, which is not an Error and has no place: throw new Error(…) to see the line`;
  }
  const { name, message, stack = "" } = error;
  const syntax = syntaxPlace(stack);
  if (syntax !== undefined) return `${syntax}: ${message}: correct the syntax`;
  const missing = /^Cannot find (?:module|package) '(.+)' imported from (.+)$/.exec(message);
  if (missing !== null) {
    const [, wanted = "", from = ""] = missing;
    return `${shownPath(from)} imports ${wanted.startsWith("/") ? shownPath(wanted) : wanted}, which does not exist: correct the import, or install the package`;
  }
  const frame = stack
    .split("\n")
    .map(placeIn)
    .find((place) => place !== undefined);
  return `${frame ?? shownPath(file)}: the configuration throws ${name}: ${message}`;
}

/** Node writes the place of a syntax error before the stack: `/shop/lockmaster.config.ts:3`, then the line itself. */
function syntaxPlace(stack: string): string | undefined {
  const [, path, line] = /^(\/.+|file:\/\/.+):(\d+)\n/.exec(stack) ?? [];
  return path === undefined ? undefined : `${shownPath(pathOf(path))}:${line}`;
}

/** File, line and column of a frame in a file of the author's: not of Node, nor of a package. */
function placeIn(frame: string): string | undefined {
  const [, path, line, column] = /^\s+at .*?(file:\/\/[^)]+|\/[^):]+):(\d+):(\d+)\)?$/.exec(frame) ?? [];
  if (path === undefined || path.includes("/node_modules/")) return undefined;
  return `${shownPath(pathOf(path))}:${line}:${column}`;
}

const pathOf = (path: string): string => (path.startsWith("file://") ? fileURLToPath(path) : path);
