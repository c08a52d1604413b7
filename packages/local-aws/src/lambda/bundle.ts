import { basename, join, resolve } from "node:path";
import { build, type BuildOptions } from "esbuild";
import { sharedOutside } from "./shared-packages.ts";

/** esbuild's options that differ by project. Pass the options that the deployed functions are bundled with. */
export type Bundling = Pick<
  BuildOptions,
  "conditions" | "define" | "external" | "keepNames" | "loader" | "mainFields" | "minify" | "target"
>;

const bundleOptions = { target: "es2024", bundle: true, platform: "node", legalComments: "none" } as const;

/**
 * The local AWS evaluates a bundle as a CommonJS function, so that it can replace the bundle's globals. `import()` would
 * bypass that, hence it becomes `require`.
 */
const asFunction = { format: "cjs", supported: { "dynamic-import": false } } as const satisfies BuildOptions;

const kindOptions = {
  /** Contains all packages. */
  local: asFunction,
  /** Does not contain the packages that all instances share. */
  shared: { ...asFunction, plugins: [sharedOutside()] },
  /** As deployed: an ES module. CommonJS dependencies need a `require` in it. */
  deployed: {
    format: "esm",
    banner: {
      js: 'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);',
    },
  },
} as const satisfies Record<string, BuildOptions>;

type BundleKind = keyof typeof kindOptions;

/** The code of one function. */
export type Bundle = {
  /** Source file, as the caller named it. */
  file: string;
  code: string;
  sizeBytes: number;
  /** Absolute paths of all sources in the bundle. */
  sources: readonly string[];
};

/** `root` is the folder that relative paths start from. */
export type BundleSettings = { root: string; kind: BundleKind; bundling?: Bundling | undefined };

/** All options that change a bundle, as text. */
export function bundleIdentity({ kind, bundling }: BundleSettings): string {
  return JSON.stringify([bundleOptions, kind, kindOptions[kind], bundling]);
}

/**
 * Bundles functions in one run of esbuild, which reads and parses their common sources once.
 *
 * @param files absolute, or relative to `root`
 * @throws Error of esbuild, with file and line
 */
export async function bundleFunctions(
  files: readonly string[],
  { root, kind, bundling }: BundleSettings,
): Promise<Bundle[]> {
  const outdir = join(root, "bundles");
  const result = await build({
    ...bundleOptions,
    ...bundling,
    ...kindOptions[kind],
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
    if (output === undefined) throw new Error(`esbuild returned no bundle for ${file}.`);
    const sources = Object.keys(inputs.get(path) ?? {}).map((source) => resolve(root, source));
    return { file, code: output.text, sizeBytes: output.contents.byteLength, sources };
  });
}

function outName(file: string, index: number): string {
  return `${index}-${basename(file, ".ts")}`;
}
