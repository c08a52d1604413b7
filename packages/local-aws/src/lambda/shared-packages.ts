import { readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, sep } from "node:path";
import { Script } from "node:vm";
import type { Plugin } from "esbuild";
import { requireBuiltin, sharedGlobals } from "./shared-globals.ts";

/**
 * Packages that are loaded once per process, not per instance: the SDK, which Lambda's runtime contains as well. It is most
 * of a function's code, and nine tenths of a cold start. Time, environment, random numbers and network are those of the
 * instance that uses it.
 */
const sharedScopes = ["@aws-sdk", "@smithy", "@aws", "@aws-crypto"];
const prefix = "shared:";

export function isShared(id: string): boolean {
  return id.startsWith(prefix);
}

/** Excludes shared packages from a bundle. The bundle requires them by the file that Node would load. */
export function sharedOutside(): Plugin {
  return {
    name: "shared-packages",
    setup(build) {
      build.onResolve({ filter: /^[^.]/ }, ({ path, importer, kind }) => {
        if (kind === "entry-point" || isBuiltin(path)) return undefined;
        const file = sharedFile(path, importer);
        return file === undefined ? undefined : { path: `${prefix}${file}`, external: true };
      });
    },
  };
}

/** The file of a shared package that an import resolves to; undefined for other packages and unresolvable imports. */
function sharedFile(id: string, importer: string): string | undefined {
  try {
    const file = createRequire(importer).resolve(id);
    return sharedScopes.some((scope) => file.includes(`${sep}node_modules${sep}${scope}${sep}`)) ? file : undefined;
  } catch {
    return undefined;
  }
}

const modules = new Map<string, { exports: object }>();

/** @param id as `sharedOutside` writes it */
export function requireShared(id: string): object {
  return load(id.slice(prefix.length));
}

function load(file: string): object {
  const known = modules.get(file);
  if (known !== undefined) return known.exports;
  const module: { exports: object } = { exports: {} };
  // Set before the evaluation, because modules can require each other in a circle.
  modules.set(file, module);
  try {
    if (file.endsWith(".json")) module.exports = JSON.parse(readFileSync(file, "utf8"));
    else evaluate(file, module);
  } catch (error) {
    modules.delete(file);
    throw error;
  }
  return module.exports;
}

function evaluate(file: string, module: { exports: object }): void {
  const code = readFileSync(file, "utf8");
  const names = Object.keys(sharedGlobals);
  const wrapped = `(function(exports,module,require,__filename,__dirname,${names.join(",")}){${code}\n})`;
  const run: unknown = new Script(wrapped, { filename: file }).runInThisContext();
  if (typeof run !== "function") throw new TypeError("The script of a shared package did not return a function.");
  Reflect.apply(run, module.exports, [
    module.exports,
    module,
    requireFrom(file),
    file,
    dirname(file),
    ...Object.values(sharedGlobals),
  ]);
}

function requireFrom(file: string): (id: string) => object {
  const nodes = createRequire(file);
  return (id) => (isBuiltin(id) ? requireBuiltin(id) : load(nodes.resolve(id)));
}
