import { readFile } from "node:fs/promises";
import { Scenario } from "@lockmaster/local/scenario.ts";
import * as v from "valibot";

const Push = v.strictObject({
  branch: v.string(),
  sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/, "must be 40 hexadecimal digits")),
  message: v.string(),
});

const Part = v.strictObject({
  title: v.string(),
  push: Push,
  /** How the release must end for the story to have gone as told. */
  expect: v.picklist(["succeeded", "rolled-back", "refused"]),
});

/** A scenario for the engines, and what is posted to the webhook meanwhile, part by part. */
export const Story = v.strictObject({ ...Scenario.entries, story: v.optional(v.array(Part), []) });

export type Story = v.InferOutput<typeof Story>;
export type StoryPart = v.InferOutput<typeof Part>;

/**
 * Reads a scenario file.
 *
 * @throws Error that names the file, each offending path and what is expected there
 */
export async function readStory(file: string): Promise<Story> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new Error(`${file} cannot be read: give a scenario file, as in packages/cli/scenarios/.`, { cause });
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
