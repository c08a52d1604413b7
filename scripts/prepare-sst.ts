// Writes `.sst/platform`: SST's components and types, which `tsc` and the tests of infra/ need. Needs only the npm registry, neither
// AWS nor Pulumi. The stamp file avoids starting SST if the platform is up to date.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import * as v from "valibot";

const root = join(import.meta.dirname, "..");
const providers = join(root, "infra", "app", "providers.ts");
/** Names the same providers as `sst.config.ts`, which needs the user's `lockmaster.config.ts`: a fresh clone has none. */
const configuration = join(root, "sst.offline.config.ts");
const platform = join(root, ".sst", "platform");
const stamp = join(root, ".sst", "prepared");

const { version } = v.parse(
  v.object({ version: v.string() }),
  JSON.parse(readFileSync(join(root, "node_modules", "sst", "package.json"), "utf8")),
);
if (!isPrepared()) prepare();

/** SST installs the packages of the providers, so newer providers make the platform outdated. */
function isPrepared(): boolean {
  if (!existsSync(stamp) || !existsSync(join(platform, "config.d.ts"))) return false;
  return readFileSync(stamp, "utf8") === version && statSync(stamp).mtimeMs >= statSync(providers).mtimeMs;
}

function prepare(): void {
  if (!existsSync(platform)) process.stderr.write(`Preparing SST ${version} in .sst (once; about 30 s and 320 MB) …\n`);
  writeFileSync(
    configuration,
    `import { otherProviders } from "./infra/app/providers.ts";
export default $config({
  app: () => ({ name: "offline", home: "aws", providers: { aws: {}, ...otherProviders } }),
  run: () => Promise.resolve(),
});
`,
  );
  const result = spawnSync(
    process.execPath,
    [join(root, "node_modules", "sst", "bin", "sst.mjs"), "install", "--stage", "offline", "--config", configuration],
    {
      cwd: root,
      encoding: "utf8",
      env: {
        ...process.env,
        // SST evaluates its configuration with the first `node` on PATH.
        PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`,
        SST_TELEMETRY_DISABLED: "1",
        // SST would download Pulumi and bun from GitHub; only a deployment needs them.
        SST_SKIP_DEPENDENCY_CHECK: "1",
        SST_NO_BUN: "1",
      },
    },
  );
  rmSync(configuration);
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout}${result.stderr}\n`);
    process.stderr.write(
      "Preparing SST's platform failed, see above. Check the connection to the npm registry and run the command again.\n",
    );
    process.exit(1);
  }
  writeFileSync(stamp, version);
}
