import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import * as v from "valibot";
import { expect, onTestFinished, test } from "vitest";

const root = join(import.meta.dirname, "../..");

const Program = v.object({
  appSettings: v.custom<() => { name: string; tags: Record<string, string> }>((value) => typeof value === "function"),
  deployedConfiguration: v.custom<() => unknown>((value) => typeof value === "function"),
});

/** Bundles the configuration of a deployment as SST does, in a clone with this `lockmaster.config.ts`, or without one. */
async function bundled(configuration?: string): Promise<v.InferOutput<typeof Program>> {
  mkdirSync(join(root, ".lockmaster"), { recursive: true });
  const clone = mkdtempSync(join(root, ".lockmaster/clone-"));
  onTestFinished(() => rmSync(clone, { recursive: true }));
  for (const file of ["tsconfig.json", "infra/tsconfig.json", "infra/app/configuration.ts"]) {
    cpSync(join(root, file), join(clone, file));
  }
  if (configuration !== undefined) writeFileSync(join(clone, "lockmaster.config.ts"), configuration);
  const outfile = join(clone, "bundle.mjs");
  const entryPoints = [join(clone, "infra/app/configuration.ts")];
  await build({ entryPoints, outfile, bundle: true, format: "esm", platform: "node", logLevel: "silent" });
  return v.parse(Program, await import(pathToFileURL(outfile).href));
}

test("without a configuration the deployment fails before it begins, and the message names init", async () => {
  await expect(bundled()).rejects.toThrow(
    'Could not resolve "the file that `npm run lockmaster -- init` writes: ./lockmaster.config.ts"',
  );
});

test("an invalid configuration still has a name, so that the program runs and prints what is wrong", async () => {
  const { appSettings, deployedConfiguration } = await bundled(
    'export default { repositories: {}, installation: { name: "ours", logRetentionDays: 2 } };',
  );
  expect(appSettings()).toEqual({ name: "ours", tags: {} });
  expect(deployedConfiguration).toThrow(/^CONFIGURATION_INVALID: the configuration has 2 problems/);
});

test("the app has the installation's name and tags", async () => {
  const { appSettings } = await bundled('export default { installation: { tags: { team: "web" } } };');
  expect(appSettings()).toEqual({ name: "lockmaster", tags: { team: "web" } });
  const { appSettings: unnamed } = await bundled("export default {};");
  expect(unnamed()).toEqual({ name: "lockmaster", tags: {} });
});
