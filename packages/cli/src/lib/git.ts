import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Runs git without prompts. @returns its output, trimmed at the end @throws Error with git's own message */
export async function git(folder: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await run("git", ["-C", folder, ...args], {
      env: { ...process.env, GIT_TERMINAL_PROMPT: "0" },
      timeout: 30_000,
    });
    return stdout.trimEnd();
  } catch (error) {
    const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    throw new Error(`git ${args[0]}: ${stderr === "" ? "no answer" : stderr}`, { cause: error });
  }
}

/** Runs git. @returns undefined when git fails or prints nothing */
export async function tryGit(folder: string, ...args: string[]): Promise<string | undefined> {
  const answer = await git(folder, ...args).catch(() => undefined);
  return answer === "" ? undefined : answer;
}

/** @returns `owner/name` from a remote's URL on any GitHub: `git@github.com:acme/shop.git`, `https://…/acme/shop` */
export function repositoryIn(remote: string): string | undefined {
  return /^(?:[\w+]+:\/\/(?:[^/@]+@)?[^/]+\/|[^/@]+@[^/:]+:)([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(remote)?.[1];
}

/** The folder in which the operator called npm: npm itself changes to the folder of package.json. */
export const callersFolder = (): string => process.env["INIT_CWD"] ?? process.cwd();
