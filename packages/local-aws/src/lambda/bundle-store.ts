import { createHash, randomUUID } from "node:crypto";
import type { Stats } from "node:fs";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import * as v from "valibot";
import { type Bundle, bundleFunctions, bundleIdentity, type BundleSettings } from "./bundle.ts";

/** Size and modification time of each source at the time of bundling. */
const Stamps = v.array(v.object({ path: v.string(), mtimeMs: v.number(), size: v.number() }));
type Stamps = v.InferOutput<typeof Stamps>;
const Stored = v.object({
  code: v.string(),
  sizeBytes: v.number(),
  sources: v.pipe(v.array(v.string()), v.readonly()),
  stamps: Stamps,
});

type StampedBundle = { bundle: Bundle; stamps: Stamps };

/**
 * Bundles whose sources have not changed: from this process, or from `node_modules/.cache/local-aws`, where earlier
 * processes stored them. Bundling all functions takes seconds, for each test file.
 */
export type BundleStore = {
  find(file: string): Promise<Bundle | undefined>;
  keep(bundle: Bundle): Promise<void>;
};

/** By settings and absolute path of the source file: the local AWSs of one process share their bundles. */
const inMemory = new Map<string, StampedBundle>();

/** Only functions below `settings.root` are stored on disk. */
export function bundleStore(settings: BundleSettings): BundleStore {
  const { root } = settings;
  const folder = join(root, "node_modules", ".cache", "local-aws");
  const identity = bundleIdentity(settings);
  const keyOf = (path: string): string => `${identity} ${path}`;
  let installed: Promise<string> | undefined;

  /** npm gives all dependencies the same time, so the lock file represents them. */
  async function fileOf(path: string): Promise<string> {
    installed ??= readFile(join(root, "package-lock.json"), "utf8").catch(() => "");
    const hash = createHash("sha256")
      .update(await installed)
      .update(keyOf(path))
      .digest("hex");
    return join(folder, `${hash}.json`);
  }

  return {
    async find(file) {
      const path = resolve(root, file);
      const known = inMemory.get(keyOf(path)) ?? (await readStored(file, await fileOf(path)));
      if (known === undefined || !(await isCurrent(known.stamps))) return undefined;
      inMemory.set(keyOf(path), known);
      return known.bundle;
    },
    async keep(bundle) {
      const path = resolve(root, bundle.file);
      const stamps = await stampsOf(bundle.sources);
      inMemory.set(keyOf(path), { bundle, stamps });
      if (!path.startsWith(root)) return;
      const { code, sizeBytes, sources } = bundle;
      const stored = await fileOf(path);
      try {
        await mkdir(folder, { recursive: true });
        // Concurrent processes write the same file, and readers need a complete one.
        const draft = `${stored}.${randomUUID()}`;
        await writeFile(
          draft,
          JSON.stringify({ code, sizeBytes, sources, stamps } satisfies v.InferOutput<typeof Stored>),
        );
        await rename(draft, stored);
      } catch {
        // Without a writable folder the next process bundles again.
      }
    },
  };
}

/** Returns bundles in the order of `files`, and bundles those that the store does not have in one run. */
export async function storedBundles(
  files: readonly string[],
  settings: BundleSettings,
  store: BundleStore,
): Promise<Bundle[]> {
  const found = await Promise.all(files.map((file) => store.find(file)));
  const missing = files.filter((_, index) => found[index] === undefined);
  const made = missing.length === 0 ? [] : await bundleFunctions(missing, settings);
  await Promise.all(made.map((bundle) => store.keep(bundle)));
  const fresh = new Map(made.map((bundle) => [bundle.file, bundle]));
  return files.flatMap((file, index) => found[index] ?? fresh.get(file) ?? []);
}

async function readStored(file: string, path: string): Promise<StampedBundle | undefined> {
  try {
    const { stamps, ...rest } = v.parse(Stored, JSON.parse(await readFile(path, "utf8")));
    return { bundle: { file, ...rest }, stamps };
  } catch {
    return undefined;
  }
}

async function stampsOf(sources: readonly string[]): Promise<Stamps> {
  const own = sources.filter((path) => !path.includes(`${sep}node_modules${sep}`));
  return await Promise.all(
    own.map(async (path) => {
      const { mtimeMs, size } = await statOnce(path);
      return { path, mtimeMs, size };
    }),
  );
}

/** Functions have most of their sources in common: within one turn of the event loop each file is read once. */
const stats = new Map<string, Promise<Stats>>();

function statOnce(path: string): Promise<Stats> {
  const known = stats.get(path);
  if (known !== undefined) return known;
  if (stats.size === 0) setImmediate(() => stats.clear());
  const read = stat(path);
  stats.set(path, read);
  return read;
}

async function isCurrent(stamps: Stamps): Promise<boolean> {
  try {
    const now = await stampsOf(stamps.map(({ path }) => path));
    return now.every(({ mtimeMs, size }, index) => stamps[index]?.mtimeMs === mtimeMs && stamps[index].size === size);
  } catch {
    return false;
  }
}
