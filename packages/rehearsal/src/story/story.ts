import { readFile } from "node:fs/promises";
import { Waiver } from "@lockmaster/core/config/gates.ts";
import { Scenario } from "@lockmaster/local-aws/scenario/scenario.ts";
import * as v from "valibot";

const Commit = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/, "must be 40 hexadecimal digits"));

/** How a release can end: in the ledger's words, or `refused` before anything was changed, or `checked`. */
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

/** What happens, most of it on GitHub. */
const Occasion = v.variant("event", [
  v.strictObject({ event: v.literal("push"), branch: v.string(), sha: Commit, message: v.string() }),
  v.strictObject({ event: v.literal("tag"), tag: v.string(), sha: Commit, message: v.string() }),
  v.strictObject({
    event: v.literal("pull_request"),
    number: v.pipe(v.number(), v.integer(), v.minValue(1)),
    branch: v.string(),
    sha: Commit,
    /** Tip of the branch that it is to be merged into. */
    base: Commit,
    message: v.string(),
  }),
  /** Not on GitHub: an operator goes back to an earlier release. */
  v.strictObject({
    event: v.literal("rollback"),
    environment: v.string(),
    to: v.optional(v.string(), "previous"),
  }),
]);

/** A waiver that ends so many days after it is made. */
const Waiving = v.strictObject({
  ...v.omit(Waiver, ["until"]).entries,
  days: v.pipe(v.number(), v.integer(), v.minValue(1)),
});

const Part = v.strictObject({
  title: v.string(),
  on: Occasion,
  /** How the release must end for the story to have gone as told. */
  expect: Result,
  /** What an operator does then: waives findings and redrives the execution. */
  operator: v.optional(v.strictObject({ waive: v.array(Waiving), expect: Result })),
});

/** A scenario for the engines, and what happens on GitHub meanwhile, part by part. */
export const Story = v.strictObject({ ...Scenario.entries, story: v.optional(v.array(Part), []) });

export type Story = v.InferOutput<typeof Story>;
export type StoryPart = v.InferOutput<typeof Part>;
export type Occasion = StoryPart["on"];

/** The secret with GitHub's credentials, where the story's GitHub knows a token: a story that has one means it to be used. */
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
    throw new Error(`${file} cannot be read: give a scenario file, as in packages/rehearsal/scenarios/.`, { cause });
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
