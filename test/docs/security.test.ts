/** The threat model names a test for each claim: the test is there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/security.md"), "utf8");
const rows = [...page.matchAll(/^\| (?!can |asset |---)([^|]*)\| ([^|]*)\| ([^|]*) \|$/gm)]
  .map(([, can = "", cannot = "", shownBy = ""]) => ({ claim: `${can}| ${cannot}`.trim(), shownBy }))
  .filter(({ claim }) => !/^(?:the|logs|GitHub's credentials) /.test(claim));

test.each(rows)("$claim", ({ shownBy }) => {
  const files = [...shownBy.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file);
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) expect({ file, exists: existsSync(join(root, file)) }).toEqual({ file, exists: true });
});
