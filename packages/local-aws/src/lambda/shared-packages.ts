import { readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, sep } from "node:path";
import { Script } from "node:vm";
import type { Plugin } from "esbuild";
import { requireBuiltin, sharedGlobals } from "./shared-globals.ts";

/**
 * Packages that are loaded once a process, not once an instance: the SDK, which Lambda's own runtime brings along, too. It is
 * most of what a function runs, and nine tenths of a cold start. Whatever differs by instance (time, environment, chance,
 * the way out) it finds as if it were the instance's own.
 */
const sharedScopes = ["@aws-sdk", "@smithy", "@aws", "@aws-crypto"];
const prefix = "shared:";

export function isShared(id: string): boolean {
  return id.startsWith(prefix);
}

/** Leaves shared packages out of a bundle: it then requires them by the file that Node would load. */
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

/** Which file of a shared package is meant; undefined when what is meant is none, or nothing that can be required. */
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
  // Before it is evaluated: modules may require each other in a circle.
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
  if (typeof run !== "function") throw new TypeError("A script of one function expression is that function.");
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
