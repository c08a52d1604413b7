import { basename, join, resolve } from "node:path";
import { build } from "esbuild";
import type { BuildOptions } from "esbuild";
import { sharedOutside } from "./shared-packages.ts";
import { bundling } from "@lockmaster/installation/topology/bundling.ts";

/** How functions are bundled, whichever place they run in. */
export const bundleOptions = {
  ...bundling,
  bundle: true,
  platform: "node",
  legalComments: "none",
} as const satisfies BuildOptions;

/**
 * What differs by where a bundle runs. Locally it is evaluated as a CommonJS function, so that its globals can be
 * replaced; an `import()` would go around that, hence it becomes `require`. Deployed it is an ES module, in which
 * CommonJS dependencies need a `require`; there SST bundles it, and adds the like.
 */
const asFunction = { format: "cjs", supported: { "dynamic-import": false } } as const satisfies BuildOptions;
export const formatOptions = {
  local: asFunction,
  /** As `local`, but for the packages that all instances share: these stay outside. */
  shared: { ...asFunction, plugins: [sharedOutside()] },
  deployed: {
    format: "esm",
    banner: {
      js: 'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);',
    },
  },
} as const satisfies Record<string, BuildOptions>;

/** With all of its packages, or without those that instances share. */
export type BundleKind = "local" | "shared";

/** One function's code. */
export type Bundle = {
  /** As it was asked for. */
  file: string;
  code: string;
  sizeBytes: number;
  /** Absolute paths of every source that went into it. */
  sources: readonly string[];
};

/**
 * Bundles functions together: what they share is read and parsed once.
 *
 * @param files absolute, or relative to `root`
 * @throws Error of esbuild's, naming file and line, when one cannot be bundled
 */
export async function bundleFunctions(
  files: readonly string[],
  root: string,
  place: keyof typeof formatOptions = "local",
): Promise<Bundle[]> {
  const outdir = join(root, "bundles");
  const result = await build({
    ...bundleOptions,
    ...formatOptions[place],
    entryPoints: files.map((file, index) => ({ in: resolve(root, file), out: outName(file, index) })),
    absWorkingDir: root,
    outdir,
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const outputs = new Map(result.outputFiles.map((output) => [output.path, output]));
  const inputs = new Map(
    Object.entries(result.metafile.outputs).map(([path, output]) => [resolve(root, path), output.inputs]),
  );
  return files.map((file, index) => {
    const path = join(outdir, `${outName(file, index)}.js`);
    const output = outputs.get(path);
    if (output === undefined) throw new Error(`esbuild made no bundle of ${file}.`);
    const sources = Object.keys(inputs.get(path) ?? {}).map((source) => resolve(root, source));
    return { file, code: output.text, sizeBytes: output.contents.byteLength, sources };
  });
}

function outName(file: string, index: number): string {
  return `${index}-${basename(file, ".ts")}`;
}
