import { readFile } from "node:fs/promises";
import { Waiver } from "@lockmaster/core/config/gates.ts";
import { Scenario } from "@lockmaster/local-aws";
import * as v from "valibot";

const Commit = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/, "must be 40 hexadecimal digits"));

/** The status of a release in the ledger, or `refused` before it changed anything, or `checked`. */
const Result = v.picklist([
  "succeeded",
  "unproven",
  "rolled-back",
  "rollback-failed",
  "refused",
  "superseded",
  "failed",
  "checked",
]);

/** What starts a release: an event on GitHub or an operator's command. */
const StoryEvent = v.variant("event", [
  v.strictObject({ event: v.literal("push"), branch: v.string(), sha: Commit, message: v.string() }),
  v.strictObject({ event: v.literal("tag"), tag: v.string(), sha: Commit, message: v.string() }),
  v.strictObject({
    event: v.literal("pull_request"),
    number: v.pipe(v.number(), v.integer(), v.minValue(1)),
    branch: v.string(),
    sha: Commit,
    /** Newest commit of the branch to merge into. */
    base: Commit,
    /** The branch to merge into; `main` when absent. */
    into: v.optional(v.string()),
    message: v.string(),
  }),
  /** A manual rollback, which an operator starts. */
  v.strictObject({
    event: v.literal("rollback"),
    environment: v.string(),
    to: v.optional(v.string(), "previous"),
  }),
]);

/** A waiver that ends a number of days after the operator adds it. */
const WaiverForDays = v.strictObject({
  ...v.omit(Waiver, ["until"]).entries,
  days: v.pipe(v.number(), v.integer(), v.minValue(1)),
});

const Part = v.strictObject({
  title: v.string(),
  /** `owner/name`; the first repository of the configuration when absent. */
  repository: v.optional(v.string()),
  on: StoryEvent,
  /** The expected outcome of the release. */
  expect: Result,
  /** The operator waives these findings and redrives the execution. */
  operator: v.optional(v.strictObject({ waive: v.array(WaiverForDays), expect: Result })),
});

/** A scenario for the local AWS, and the releases to start in it, one after the other. */
export const Story = v.strictObject({ ...Scenario.entries, story: v.optional(v.array(Part), []) });

export type Story = v.InferOutput<typeof Story>;
export type StoryPart = v.InferOutput<typeof Part>;
export type StoryEvent = StoryPart["on"];

/** Content of the secret with GitHub's credentials: the first token that the story's GitHub accepts, if it has one. */
export function githubCredentialsOf({ github }: Pick<Story, "github">): string | undefined {
  const [first] = github.tokens;
  return first === undefined ? undefined : JSON.stringify({ token: first.token });
}

/**
 * Reads a scenario file.
 *
 * @throws Error that names the file, each offending path and what is expected there
 */
export async function readStory(file: string): Promise<Story> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new Error(
      `${file} cannot be read: name a scenario file with --scenario; packages/rehearsal/scenarios/ has examples`,
      { cause },
    );
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${file} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const parsed = v.safeParse(Story, json);
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((issue) => `  ${v.getDotPath(issue) ?? "(top level)"}: ${issue.message}`);
  throw new Error(`${file} is not a scenario:\n${problems.join("\n")}`);
}
