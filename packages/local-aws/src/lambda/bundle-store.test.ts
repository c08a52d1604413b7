import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import type { Bundling } from "./bundle.ts";
import { bundleStore, storedBundles } from "./bundle-store.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "local-aws-store-"));
  await mkdir(join(root, "functions"));
  await writeFile(join(root, "package-lock.json"), "{}");
  await writeFile(join(root, "functions/shared.ts"), `export const word = "first";`);
  await writeFile(
    join(root, "functions/a.ts"),
    `import { word } from "./shared.ts"; export const handler = () => word;`,
  );
  onTestFinished(() => rm(root, { recursive: true }));
});

async function bundleOfA(bundling?: Bundling) {
  const settings = { root, kind: "local", bundling } as const;
  const [bundle] = await storedBundles(["functions/a.ts"], settings, bundleStore(settings));
  return bundle;
}

test("returns the same bundle while no source changes, so that it is compiled once", async () => {
  expect(await bundleOfA()).toBe(await bundleOfA());
});

test("bundles once for each set of options", async () => {
  expect((await bundleOfA())?.code).toContain("word");
  expect((await bundleOfA({ minify: true }))?.code).not.toContain("word");
});

test("bundles again when a source has changed", async () => {
  expect((await bundleOfA())?.code).toContain("first");
  const shared = join(root, "functions/shared.ts");
  await writeFile(shared, `export const word = "other";`);
  await utimes(shared, new Date(0), new Date(0));
  expect((await bundleOfA())?.code).toContain("other");
});

test("bundles again when a source is deleted, and the error names the missing file", async () => {
  await bundleOfA();
  await rm(join(root, "functions/shared.ts"));
  await expect(bundleOfA()).rejects.toThrow(/Could not resolve ".\/shared.ts"/);
});

test("works without a writable folder", async () => {
  await writeFile(join(root, "node_modules"), "not a folder");
  expect((await bundleOfA())?.code).toContain("first");
  expect((await stat(join(root, "node_modules"))).isFile()).toBe(true);
});
