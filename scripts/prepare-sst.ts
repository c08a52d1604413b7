// Writes `.sst/platform`: SST's components and types, which `tsc` and the tests of infra/ need. Reaches the npm registry and
// nothing else: no AWS, no Pulumi. SST itself does nothing when all is there; the stamp saves asking it.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import * as v from "valibot";

const root = join(import.meta.dirname, "..");
const configuration = join(root, "sst.config.ts");
const platform = join(root, ".sst", "platform");
const stamp = join(root, ".sst", "prepared");

const { version } = v.parse(
  v.object({ version: v.string() }),
  JSON.parse(readFileSync(join(root, "node_modules", "sst", "package.json"), "utf8")),
);
if (!isPrepared()) prepare();

/** The file's age stands for the providers that it names: SST installs the packages of those. */
function isPrepared(): boolean {
  if (!existsSync(stamp) || !existsSync(join(platform, "config.d.ts"))) return false;
  return readFileSync(stamp, "utf8") === version && statSync(stamp).mtimeMs >= statSync(configuration).mtimeMs;
}

function prepare(): void {
  if (!existsSync(platform)) process.stderr.write(`Preparing SST ${version} in .sst, once: half a minute, 320 MB …\n`);
  const result = spawnSync(
    process.execPath,
    [join(root, "node_modules", "sst", "bin", "sst.mjs"), "install", "--stage", "offline"],
    {
      cwd: root,
      encoding: "utf8",
      env: {
        ...process.env,
        // SST evaluates its configuration with the `node` that it finds.
        PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`,
        SST_TELEMETRY_DISABLED: "1",
        // Pulumi and bun would come from GitHub: neither is needed before something is deployed.
        SST_SKIP_DEPENDENCY_CHECK: "1",
        SST_NO_BUN: "1",
      },
    },
  );
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout}${result.stderr}\n`);
    process.stderr.write(
      "SST's platform could not be prepared: see above. It needs the npm registry, and nothing else.\n",
    );
    process.exit(1);
  }
  writeFileSync(stamp, version);
}
