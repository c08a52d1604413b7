// Keeps the functions' bundles and the state machine of this version in test/upgrade, so that later versions are tested against
// them. Run it once for each version that is published: node scripts/start.mjs scripts/keep-version.ts 0.2.0
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { bundling } from "@lockmaster/installation/topology/bundling.ts";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { functionNames, functions, stateMachine } from "@lockmaster/installation/topology/topology.ts";
import { bundleFunctions } from "@lockmaster/local-aws";
import type { KeptVersion } from "../test/upgrade/kept-version.ts";

const [version] = process.argv.slice(2);
if (version === undefined || !/^\d+\.\d+\.\d+$/.test(version)) {
  console.error("Usage: node scripts/start.mjs scripts/keep-version.ts <version>, for example 0.2.0");
  process.exit(2);
}
const bundles = await bundleFunctions(
  functionNames.map((key) => functions[key].file),
  { root: repositoryRoot, kind: "deployed", bundling },
);
const kept: KeptVersion = {
  version,
  stateMachine: readFileSync(join(repositoryRoot, stateMachine.file), "utf8"),
  invoked: [...stateMachine.functions],
  functions: Object.fromEntries(
    functionNames.map((key, index) => {
      const { timeoutSeconds, memoryMegabytes, environment } = functions[key];
      return [key, { timeoutSeconds, memoryMegabytes, environment, code: bundles[index]?.code ?? "" }];
    }),
  ),
};
// The bundles have most of their code in common: a window that holds all of them makes the file a tenth as large.
const file = join(repositoryRoot, "test", "upgrade", `${version}.json.br`);
const compressed = brotliCompressSync(JSON.stringify(kept), {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
});
writeFileSync(file, compressed);
console.log(`${file}: ${(compressed.byteLength / 1000).toFixed(0)} kB`);
