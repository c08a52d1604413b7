import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cruise, type ICruiseOptions } from "dependency-cruiser";
import { expect, onTestFinished, test } from "vitest";
import rules from "../../.dependency-cruiser.ts";

/** Checks a repository that consists of these files by the rules of `npm run check`. */
async function violationsIn(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "lockmaster-layers-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const { forbidden, options } = rules;
  const settings: ICruiseOptions = { ...options, ruleSet: { forbidden }, validate: true, baseDir: folder };
  const { output } = await cruise(["."], settings);
  if (typeof output === "string") throw new TypeError("dependency-cruiser answers objects unless a reporter is named.");
  return output.summary.violations.map(({ rule }) => rule.name);
}

const core = "packages/core/src";

test("imports of lower layers are allowed", async () => {
  const found = await violationsIn({
    [`${core}/plan/a.ts`]: `import { b } from "../lock/b.ts"; export const a = b;`,
    [`${core}/lock/b.ts`]: `import type { C } from "../lib/c.ts"; export const b: C = 1;`,
    [`${core}/lib/c.ts`]: `export type C = number;`,
  });
  expect(found).toEqual([]);
});

test.each([
  {
    what: "a type of a higher layer",
    rule: "core-lib-imports-lower-layers-only",
    files: {
      [`${core}/lib/a.ts`]: `import type { B } from "../plan/b.ts"; export type A = B;`,
      [`${core}/plan/b.ts`]: `export type B = number;`,
    },
  },
  {
    what: "two folders that import each other",
    rule: "no-folder-cycles",
    files: {
      [`${core}/lock/a.ts`]: `import { b } from "../build/b.ts"; export const a = b;`,
      [`${core}/build/b.ts`]: `export const b = 1;`,
      [`${core}/build/c.ts`]: `import type { D } from "../lock/d.ts"; export type C = D;`,
      [`${core}/lock/d.ts`]: `export type D = number;`,
    },
  },
  {
    what: "Lockmaster in the local AWS",
    rule: "local-aws-imports-only-itself",
    files: {
      "packages/local-aws/src/a.ts": `import { b } from "../../core/src/lib/b.ts"; export const a = b;`,
      [`${core}/lib/b.ts`]: `export const b = 1;`,
    },
  },
  {
    what: "input and output in core",
    rule: "core-has-no-io",
    files: { [`${core}/lib/a.ts`]: `import { readFileSync } from "node:fs"; export const a = readFileSync;` },
  },
  {
    what: "the emulator in a function",
    rule: "functions-are-composition",
    files: {
      "functions/a.ts": `import { b } from "../packages/local-aws/src/b.ts"; export const a = b;`,
      "packages/local-aws/src/b.ts": `export const b = 1;`,
    },
  },
])("$what is found", async ({ rule, files }) => {
  expect(await violationsIn(files)).toContain(rule);
});
