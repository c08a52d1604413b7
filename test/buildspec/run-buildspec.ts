import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Buildspec } from "./buildspec.ts";

/** Whether the commands of one phase share a shell. CodeBuild's agents have done both; exported variables are kept. */
export type ShellModel = "a shell a command" | "a shell a phase";

export type BuildRun = {
  succeeded: boolean;
  /** Values of the buildspec's exported variables. */
  exported: Record<string, string | undefined>;
  /** Calls of the fake programs, in order: program and arguments. */
  calls: string[][];
  /** Passwords of the logins by registry, as `docker login` read them. */
  passwords: Record<string, string>;
  /** Files that appeared in the source folder. */
  files: string[];
  errors: string;
};

const fakes = fileURLToPath(new URL("fakes", import.meta.url));

// The agent runs the commands and keeps the exported variables. `||` disables `set -e` in the commands' shell: the commands
// have to work with that, too.
const agent = `
output="$1"; shift
for command in "$@"; do eval "$command" || exit; done
env -0 > "$output"
`;

/** Runs the buildspec's commands in bash as CodeBuild does, with fake `docker`, `aws` and `git`. */
export function runBuildspec(
  spec: Buildspec,
  variables: Record<string, string>,
  model: ShellModel,
  sources: Readonly<Record<string, string>> = { ".git/HEAD": "" },
  links: Readonly<Record<string, string>> = {},
): BuildRun {
  const folder = mkdtempSync(join(tmpdir(), "buildspec-"));
  const source = mkdtempSync(join(tmpdir(), "source-"));
  try {
    for (const [path, text] of Object.entries(sources)) {
      mkdirSync(dirname(join(source, path)), { recursive: true });
      writeFileSync(join(source, path), text);
    }
    for (const [path, target] of Object.entries(links)) symlinkSync(target, join(source, path));
    const record = join(folder, "calls");
    const first = {
      PATH: `${fakes}:/usr/local/bin:/usr/bin:/bin`,
      TMPDIR: folder,
      FAKE_RECORD: record,
      ...variables,
    };
    const { succeeded, environment, errors } = runPhases(spec, first, { model, source, output: join(folder, "env") });
    return {
      succeeded,
      exported: Object.fromEntries(spec.env["exported-variables"].map((name) => [name, environment[name]])),
      calls: existsSync(record) ? readCalls(readFileSync(record, "utf8")) : [],
      passwords: existsSync(`${record}.logins`) ? readEntries(readFileSync(`${record}.logins`, "utf8")) : {},
      files: readdirSync(source).filter((name) => !Object.keys(sources).some((path) => path.split("/")[0] === name)),
      errors,
    };
  } finally {
    rmSync(folder, { recursive: true });
    rmSync(source, { recursive: true });
  }
}

type Environment = Record<string, string>;

function runPhases(
  { phases }: Buildspec,
  first: Environment,
  where: { model: ShellModel; source: string; output: string },
): { succeeded: boolean; environment: Environment; errors: string } {
  let environment = first;
  let errors = "";
  const phase = (commands: string[], succeeding: boolean): boolean => {
    const chunks = where.model === "a shell a phase" ? [commands] : commands.map((command) => [command]);
    return chunks.every((chunk) => {
      const env = { ...environment, CODEBUILD_BUILD_SUCCEEDING: succeeding ? "1" : "0" };
      const { status, stderr } = spawnSync("bash", ["--norc", "-c", agent, "agent", where.output, ...chunk], {
        cwd: where.source,
        env,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
      errors += stderr;
      if (status === 0) environment = readEnvironment(readFileSync(where.output, "utf8"));
      return status === 0;
    });
  };
  if (!phase(phases.pre_build.commands, true)) return { succeeded: false, environment, errors };
  const built = phase(phases.build.commands, true);
  // CodeBuild runs POST_BUILD after a failed BUILD, too.
  const finished = phase(phases.post_build.commands, built);
  return { succeeded: built && finished, environment, errors };
}

function readEnvironment(text: string): Environment {
  const entries = text.split("\0").filter((entry) => entry !== "");
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
}

/** Names and values, each ended by NUL. */
function readEntries(text: string): Record<string, string> {
  const fields = text.split("\0");
  return Object.fromEntries(
    fields.flatMap((name, at) => (at % 2 === 0 && name !== "" ? [[name, fields[at + 1] ?? ""]] : [])),
  );
}

function readCalls(text: string): string[][] {
  const fields = text.split("\0");
  const calls: string[][] = [];
  for (let at = 0; at < fields.length - 1;) {
    const end = at + 2 + Number(fields[at]);
    calls.push(fields.slice(at + 1, end));
    at = end;
  }
  return calls;
}
