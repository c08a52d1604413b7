import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const Manifest = v.pipe(v.string(), v.parseJson(), v.object({ exports: v.record(v.string(), v.string()) }));
const packages = readdirSync(join(root, "packages"));
const sources = globSync(["*.ts", "{bench,examples,functions,infra,packages,scripts,statemachine,test}/**/*.ts"], {
  cwd: root,
})
  .filter((file) => !file.includes("node_modules"))
  .map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }));

/** Paths of a package that files outside the package import: `./lib/errors.ts`, or `.` for the package itself. */
function importedFrom(name: string): string[] {
  const specifier = new RegExp(String.raw`["']@lockmaster/${name}(?:/([^"']+))?["']`, "g");
  const paths = sources
    .filter(({ file }) => !file.startsWith(`packages/${name}/`))
    .flatMap(({ text }) => [...text.matchAll(specifier)].map(([, path]) => (path === undefined ? "." : `./${path}`)));
  return [...new Set(paths)].toSorted();
}

test.each(packages)("%s exports exactly the files that code outside imports", (name) => {
  const manifest = v.parse(Manifest, readFileSync(join(root, "packages", name, "package.json"), "utf8"));
  const paths = importedFrom(name);
  const targets = paths.map((path) => [path, path === "." ? "./src/index.ts" : path.replace("./", "./src/")]);
  expect(manifest.exports).toEqual(Object.fromEntries(targets));
});
