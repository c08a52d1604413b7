import { CommitId } from "@lockmaster/core/config/grammar.ts";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import * as v from "valibot";
import { UsageError } from "../lib/operator-errors.ts";
import { callersFolder, git } from "../lib/git.ts";

export type CommitOptions = { sha?: string; tag?: string; ref?: string };

export type Commit = { ref: string; sha: string };

/**
 * The ref and commit that the options name, by default the newest commit of the environment's branch. Without `--sha`, git reads
 * the commit from GitHub with its own credentials.
 */
export async function findCommit(
  repository: string,
  { on }: Pick<EnvironmentConfiguration, "on">,
  { sha, tag, ref = tag === undefined ? undefined : `refs/tags/${tag}` }: CommitOptions,
): Promise<Commit> {
  const wanted = ref ?? (on.branch === undefined ? undefined : `refs/heads/${on.branch}`);
  if (wanted === undefined) {
    throw new UsageError(
      `the environment is released by tags ${on.tag}: name a tag with --tag, and its commit with --sha if the tag is not pushed yet`,
    );
  }
  if (sha === undefined) return { ref: wanted, sha: await newestOf(repository, wanted) };
  if (v.is(CommitId, sha)) return { ref: wanted, sha };
  throw new UsageError(`--sha: ${String(sha)} is not a commit; give all 40 hexadecimal digits`);
}

/** For an annotated tag, `<ref>^{}` is the commit and `<ref>` the tag object. */
async function newestOf(repository: string, ref: string): Promise<string> {
  const lines = await git(callersFolder(), "ls-remote", `https://github.com/${repository}.git`, ref, `${ref}^{}`).catch(
    (cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`git cannot read the commit of ${ref} from GitHub; name the commit with --sha (${why})`, {
        cause,
      });
    },
  );
  const found = new Map(lines.split("\n").map((line) => [line.split("\t")[1], line.split("\t")[0]] as const));
  const sha = found.get(`${ref}^{}`) ?? found.get(ref);
  if (sha === undefined) throw new Error(`${repository} has no ${ref}; push it, or name the commit with --sha`);
  return sha;
}
