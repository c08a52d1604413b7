/**
 * Runs the real `sst.config.ts` with the real SST components, without AWS, Pulumi or SST's CLI, and records what it would create.
 * Needs `.sst/platform`: `npm run prepare:sst`.
 */
import { fork } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import * as v from "valibot";
import shipped from "../../examples/shop/lockmaster.config.ts";
import type { ConfigurationInput } from "@lockmaster/core/config/configuration.ts";
import type { ProgramInput, Recording } from "./recorded.ts";

const root = join(import.meta.dirname, "..", "..");
const platform = join(root, ".sst", "platform");

type SynthOptions = { stage?: string; region?: string; configuration?: ConfigurationInput };

const made = new Map<string, Promise<Recording>>();
let program: Promise<string> | undefined;

/**
 * The resources of a deployment. Each test file runs the same stage and configuration once.
 *
 * @throws Error with the program's output if it fails; also if two resources have the same type and name, which Pulumi's engine
 * refuses but its mocks accept
 */
export function synth({
  stage = "staging",
  region = "eu-central-1",
  configuration = shipped,
}: SynthOptions = {}): Promise<Recording> {
  const key = JSON.stringify([stage, region, configuration]);
  const recording =
    made.get(key) ??
    (program ??= bundleProgram()).then(async (file) =>
      withoutDuplicates(await runProgram(file, { stage, region, configuration })),
    );
  made.set(key, recording);
  return recording;
}

function withoutDuplicates(recording: Recording): Recording {
  const names = recording.resources.map(({ type, name }) => `${type} ${name}`);
  const duplicates = names.filter((name, index) => names.indexOf(name) !== index);
  if (duplicates.length > 0) throw new Error(`Resources with the same type and name: ${duplicates.join(", ")}`);
  return recording;
}

async function runProgram(file: string, { stage, region, configuration }: Required<SynthOptions>): Promise<Recording> {
  const work = mkdtempSync(join(tmpdir(), "lockmaster-synth-"));
  const input: ProgramInput = { stage, region, configuration, root, work };
  // A large configuration is longer than an environment variable can be.
  const inputFile = join(work, "input.json");
  writeFileSync(inputFile, JSON.stringify(input));
  try {
    return await new Promise<Recording>((resolve, reject) => {
      const child = fork(file, {
        silent: true,
        cwd: root,
        env: { PATH: process.env["PATH"], LOCKMASTER_PROGRAM: inputFile },
      });
      let said = "";
      child.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
      child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
      child.on("message", (recording: Recording) => {
        resolve(recording);
        child.kill();
      });
      child.on("error", reject);
      child.on("exit", () => reject(new Error(`sst.config.ts failed in stage ${stage}:\n${said}`)));
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Bundles as SST's CLI does, except that packages in node_modules stay external. */
async function bundleProgram(): Promise<string> {
  if (!existsSync(join(platform, "config.d.ts"))) {
    throw new Error("SST's platform is missing: run `npm run prepare:sst` once.");
  }
  const { dependencies } = v.parse(
    v.object({ dependencies: v.record(v.string(), v.string()) }),
    JSON.parse(readFileSync(join(platform, "package.json"), "utf8")),
  );
  const file = join(platform, "node_modules", ".lockmaster", `program-${process.pid}.mjs`);
  mkdirSync(join(platform, "node_modules", ".lockmaster"), { recursive: true });
  await build({
    entryPoints: [join(import.meta.dirname, "program", "main.ts")],
    outfile: file,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    nodePaths: [join(platform, "node_modules")],
    external: [...Object.keys(dependencies), "vite"].flatMap((name) => [name, `${name}/*`]),
    inject: [join(platform, "src", "shim", "run.js")],
    plugins: [providersAreGlobal, configurationIsGiven],
    sourcemap: "inline",
    logLevel: "error",
  });
  process.once("exit", () => rmSync(file, { force: true }));
  return file;
}

/** SST's CLI makes the app's providers global in its files. */
const providersAreGlobal: Plugin = {
  name: "providers are global",
  setup: (bundling) => {
    const globals = [
      'import * as aws from "@pulumi/aws";',
      'import * as random from "@pulumi/random";',
      `import * as sst from ${JSON.stringify(join(platform, "src", "components"))};`,
    ].join("");
    const infra = join(root, "infra", "/");
    bundling.onLoad({ filter: /\/infra\/[\w-]+\/[\w-]+\.ts$/ }, ({ path }) =>
      path.startsWith(infra) ? { contents: `${globals}${readFileSync(path, "utf8")}`, loader: "ts" } : undefined,
    );
  },
};

/** The program is bundled once for all configurations. */
const configurationIsGiven: Plugin = {
  name: "configuration is given",
  setup: (bundling) => {
    const namespace = "given-configuration";
    // A clone without a configuration of its own does not have the file.
    bundling.onResolve({ filter: /\/lockmaster\.config\.ts$/ }, ({ path }) => ({ path, namespace }));
    bundling.onLoad({ filter: /./, namespace }, () => ({
      contents:
        'import { readFileSync } from "node:fs"; export default JSON.parse(readFileSync(process.env["LOCKMASTER_PROGRAM"], "utf8")).configuration;',
    }));
  },
};
