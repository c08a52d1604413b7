import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { catalogue } from "./checking/catalogue.ts";

const rowOf = (id: string, { severity, meaning, remedy }: { severity: string; meaning: string; remedy: string }) =>
  `| \`${id}\` | ${severity} | ${meaning} | ${remedy.startsWith("aws ") ? `\`${remedy}\`` : remedy.replaceAll("<", String.raw`\<`)} |`;

test("docs/doctor.md lists exactly the findings of the catalogue", async () => {
  const text = await readFile(join(repositoryRoot, "docs/doctor.md"), "utf8");
  const rows = text.split("\n").filter((line) => /^\| `[a-z]+\.[a-z-]+` \|/.test(line));
  expect(rows).toEqual(Object.entries(catalogue).map(([id, entry]) => rowOf(id, entry)));
});
