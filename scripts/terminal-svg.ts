/** Renders the output of a terminal as an SVG. The same output gives the same file, wherever it is rendered. */

import { stripVTControlCharacters } from "node:util";

export type TerminalOptions = {
  /** For readers that do not show the picture. */
  title: string;
  /** Longer lines are wrapped between words. */
  columns: number;
};

type Style = { bold: boolean; dim: boolean; color: string };
type Run = { column: number; text: string; style: Style };
type Line = readonly Run[];

/** Widths and heights in pixels. `textLength` stretches each run of text to this grid, whichever font the reader has. */
const grid = { character: 8.4, line: 20, font: 14, padding: 18, titleBar: 34 };
const fonts = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace";

/** On the picture's own dark background, with a border that shows on light and on dark pages. */
const colors = { background: "#161b22", border: "#6e7681", text: "#e6edf3", dots: ["#ff7b72", "#e3b341", "#56d364"] };

/** Colours of SGR codes. */
const foregrounds: Readonly<Record<number, string>> = {
  31: "#ff7b72",
  32: "#56d364",
  33: "#e3b341",
  34: "#79c0ff",
  35: "#d2a8ff",
  36: "#76e3ea",
  90: "#8b949e",
};

/** Begins a terminal's change of style, which ends with `m`. */
const sgr = "\u001B[";

const plain: Style = { bold: false, dim: false, color: colors.text };

/** @param output text with the SGR codes of a terminal, as `FORCE_COLOR=1` makes programs print them */
export function terminalSvg(output: string, { title, columns }: TerminalOptions): string {
  const lines = linesOf(output.trimEnd(), columns);
  const width = Math.ceil(columns * grid.character + 2 * grid.padding);
  const height = grid.titleBar + lines.length * grid.line + grid.padding;
  const dots = colors.dots.map((color, index) => `<circle cx="${20 + index * 18}" cy="17" r="5.5" fill="${color}"/>`);
  const texts = lines.flatMap((line, index) => line.map((run) => textOf(run, index)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escape(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${colors.background}" stroke="${colors.border}"/>`,
    ...dots,
    `<g font-family="${fonts}" font-size="${grid.font}" fill="${colors.text}">`,
    ...texts,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

/** Reads styles, wraps long lines, and splits lines at wide gaps, so that every run of text starts on the grid. */
function linesOf(output: string, columns: number): Line[] {
  let style = plain;
  return output.split("\n").flatMap((source) =>
    wrap(source, columns).map((line) => {
      const runs: Run[] = [];
      let column = 0;
      for (const [index, segment] of line.split(sgr).entries()) {
        const end = index === 0 ? -1 : segment.indexOf("m");
        if (end >= 0) style = segment.slice(0, end).split(";").map(Number).reduce(restyle, style);
        for (const text of segment.slice(end + 1).split(/( {2,})/)) {
          if (text.trim() !== "") runs.push({ column, text, style });
          column += text.length;
        }
      }
      return runs;
    }),
  );
}

/** Wraps a line between words; what follows has the line's own indent. */
function wrap(source: string, columns: number): string[] {
  const indent = /^ */.exec(stripVTControlCharacters(source))?.[0] ?? "";
  const lines: string[] = [""];
  for (const word of source.split(/(?<= )(?=[^ ])/)) {
    const line = lines.at(-1) ?? "";
    const fits =
      stripVTControlCharacters(line + word).trimEnd().length <= columns || stripVTControlCharacters(line).trim() === "";
    if (fits) lines[lines.length - 1] = line + word;
    else lines.push(indent + word);
  }
  return lines;
}

function restyle(style: Style, code: number): Style {
  if (code === 0) return plain;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  return { ...style, color: foregrounds[code] ?? colors.text };
}

function textOf({ column, text, style: { bold, dim, color } }: Run, line: number): string {
  const start = text.length - text.trimStart().length;
  const visible = text.trim();
  const x = round(grid.padding + (column + start) * grid.character);
  const y = grid.titleBar + line * grid.line + grid.font;
  const attributes = [
    `x="${x}" y="${y}" textLength="${round(visible.length * grid.character)}"`,
    ...(color === colors.text ? [] : [`fill="${color}"`]),
    ...(bold ? ['font-weight="bold"'] : []),
    ...(dim ? ['opacity="0.65"'] : []),
  ];
  return `<text ${attributes.join(" ")}>${escape(visible)}</text>`;
}

const round = (pixels: number): number => Math.round(pixels * 10) / 10;

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
