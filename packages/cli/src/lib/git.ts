import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Asks git, which never asks back; what it wrote, without the last line's end. @throws Error with git's own words */
export async function git(folder: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await run("git", ["-C", folder, ...args], {
      env: { ...process.env, GIT_TERMINAL_PROMPT: "0" },
      timeout: 30_000,
    });
    return stdout.trimEnd();
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    throw new Error(`git ${args[0]}: ${said === "" ? "no answer" : said}`, { cause: error });
  }
}

/** The same where no answer is an answer, too. */
export async function tryGit(folder: string, ...args: string[]): Promise<string | undefined> {
  const answer = await git(folder, ...args).catch(() => undefined);
  return answer === "" ? undefined : answer;
}

/** `owner/name` of a remote's address on any GitHub: `git@github.com:acme/shop.git`, `https://…/acme/shop`. */
export function repositoryIn(remote: string): string | undefined {
  return /^(?:[\w+]+:\/\/(?:[^/@]+@)?[^/]+\/|[^/@]+@[^/:]+:)([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(remote)?.[1];
}

/** The folder in which the operator called npm, which itself changes to the one of package.json. */
export const callersFolder = (): string => process.env["INIT_CWD"] ?? process.cwd();
