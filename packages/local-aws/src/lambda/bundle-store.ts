import { createHash, randomUUID } from "node:crypto";
import type { Stats } from "node:fs";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import * as v from "valibot";
import { bundleFunctions, bundleOptions, formatOptions } from "./bundle.ts";
import type { Bundle, BundleKind } from "./bundle.ts";

/** What a source looked like when it was bundled. */
const Stamps = v.array(v.object({ path: v.string(), mtimeMs: v.number(), size: v.number() }));
type Stamps = v.InferOutput<typeof Stamps>;
const Stored = v.object({
  code: v.string(),
  sizeBytes: v.number(),
  sources: v.pipe(v.array(v.string()), v.readonly()),
  stamps: Stamps,
});

/**
 * Bundles that are still true: from this process, or from `node_modules/.cache/lockmaster`, where earlier ones left them.
 * Bundling all functions takes two seconds, and every test file would pay them.
 */
export type BundleStore = {
  find(file: string): Promise<Bundle | undefined>;
  keep(bundle: Bundle): Promise<void>;
};

/** By place and absolute path of the source file: local AWSs of one process share their bundles. */
const inMemory = new Map<string, { bundle: Bundle; stamps: Stamps }>();

/** @param root the repository's; only files below it are kept on disk */
export function bundleStore(root: string, place: BundleKind): BundleStore {
  const folder = join(root, "node_modules", ".cache", "lockmaster");
  let installed: Promise<string> | undefined;

  /** Dependencies have no times of their own (npm sets them all alike): the lock file stands for them. */
  async function fileOf(file: string): Promise<string> {
    installed ??= readFile(join(root, "package-lock.json"), "utf8").catch(() => "");
    const options = JSON.stringify([bundleOptions, place, formatOptions[place]]);
    return join(
      folder,
      `${createHash("sha256")
        .update(await installed)
        .update(options)
        .update(file)
        .digest("hex")}.json`,
    );
  }

  return {
    async find(file) {
      const path = resolve(root, file);
      const known = inMemory.get(`${place}:${path}`) ?? (await readStored(file, await fileOf(path)));
      if (known === undefined || !(await isCurrent(known.stamps))) return undefined;
      inMemory.set(`${place}:${path}`, known);
      return known.bundle;
    },
    async keep(bundle) {
      const path = resolve(root, bundle.file);
      const stamps = await stampsOf(bundle.sources);
      inMemory.set(`${place}:${path}`, { bundle, stamps });
      if (!path.startsWith(root)) return;
      const { code, sizeBytes, sources } = bundle;
      const stored = await fileOf(path);
      try {
        await mkdir(folder, { recursive: true });
        // Processes side by side write the same: whoever reads finds a whole file.
        const draft = `${stored}.${randomUUID()}`;
        await writeFile(
          draft,
          JSON.stringify({ code, sizeBytes, sources, stamps } satisfies v.InferOutput<typeof Stored>),
        );
        await rename(draft, stored);
      } catch {
        // A folder that cannot be written costs time, nothing else.
      }
    },
  };
}

/** Bundles those of `files` that the store does not have, together. In the order asked for. */
export async function storedBundles(
  files: readonly string[],
  root: string,
  place: BundleKind,
  store: BundleStore,
): Promise<Bundle[]> {
  const found = await Promise.all(files.map((file) => store.find(file)));
  const missing = files.filter((_, index) => found[index] === undefined);
  const made = missing.length === 0 ? [] : await bundleFunctions(missing, root, place);
  await Promise.all(made.map((bundle) => store.keep(bundle)));
  const fresh = new Map(made.map((bundle) => [bundle.file, bundle]));
  return files.flatMap((file, index) => found[index] ?? fresh.get(file) ?? []);
}

async function readStored(file: string, place: string): Promise<{ bundle: Bundle; stamps: Stamps } | undefined> {
  try {
    const { stamps, ...rest } = v.parse(Stored, JSON.parse(await readFile(place, "utf8")));
    return { bundle: { file, ...rest }, stamps };
  } catch {
    return undefined;
  }
}

async function stampsOf(sources: readonly string[]): Promise<Stamps> {
  const own = sources.filter((path) => !path.includes(`${sep}node_modules${sep}`));
  return await Promise.all(
    own.map(async (path) => {
      const { mtimeMs, size } = await look(path);
      return { path, mtimeMs, size };
    }),
  );
}

/** Functions have most of their sources in common: asked for together, each is looked at once. */
const polls = new Map<string, Promise<Stats>>();

function look(path: string): Promise<Stats> {
  const known = polls.get(path);
  if (known !== undefined) return known;
  if (polls.size === 0) setImmediate(() => polls.clear());
  const looked = stat(path);
  polls.set(path, looked);
  return looked;
}

async function isCurrent(stamps: Stamps): Promise<boolean> {
  try {
    const now = await stampsOf(stamps.map(({ path }) => path));
    return now.every(({ mtimeMs, size }, index) => stamps[index]?.mtimeMs === mtimeMs && stamps[index].size === size);
  } catch {
    return false;
  }
}
