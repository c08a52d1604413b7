import type { Bundle, BundleSettings } from "./bundle.ts";
import { bundleStore, storedBundles } from "./bundle-store.ts";

type Waiter = PromiseWithResolvers<Bundle> & { file: string };

/** Bundles functions by file for this process. All requests of one turn of the event loop share one run of esbuild. */
export function codeSource(settings: BundleSettings): (file: string) => Promise<Bundle> {
  const known = new Map<string, Promise<Bundle>>();
  const store = bundleStore(settings);
  let batch: Waiter[] = [];

  async function flush(): Promise<void> {
    const waiters = batch;
    batch = [];
    const files = waiters.map(({ file }) => file);
    try {
      const bundles = await storedBundles(files, settings, store);
      for (const [index, { resolve, reject, file }] of waiters.entries()) {
        const bundle = bundles[index];
        if (bundle === undefined) reject(new Error(`There is no bundle for ${file}.`));
        else resolve(bundle);
      }
    } catch (error) {
      for (const { reject } of waiters) reject(error);
    }
  }

  return (file) => {
    const found = known.get(file);
    if (found !== undefined) return found;
    const waiter = { ...Promise.withResolvers<Bundle>(), file };
    batch.push(waiter);
    if (batch.length === 1) setImmediate(() => void flush());
    known.set(file, waiter.promise);
    return waiter.promise;
  };
}
