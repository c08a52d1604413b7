import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { findCommit } from "./commit.ts";

const staging = { on: { branch: "main" } };
const production = { on: { tag: "v*" } };
let folder: string;
let head: string;

/** A local repository that git uses instead of GitHub's. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lockmaster-git-"));
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", folder, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], {
      encoding: "utf8",
    }).trim();
  git("init", "-q", "-b", "main");
  git("commit", "-q", "--allow-empty", "-m", "First");
  git("tag", "-a", "v1.0.0", "-m", "Annotated");
  head = git("rev-parse", "HEAD");
  vi.stubEnv("GIT_CONFIG_COUNT", "1");
  vi.stubEnv("GIT_CONFIG_KEY_0", `url.${folder}.insteadOf`);
  vi.stubEnv("GIT_CONFIG_VALUE_0", "https://github.com/acme/shop.git");
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test.each([
  ["the branch's newest commit", staging, {}, "refs/heads/main"],
  ["the commit of an annotated tag, not the tag", production, { tag: "v1.0.0" }, "refs/tags/v1.0.0"],
  ["a ref in full", staging, { ref: "refs/heads/main" }, "refs/heads/main"],
])("reads from GitHub: %s", async (_, environment, options, ref) => {
  expect(await findCommit("acme/shop", environment, options)).toEqual({ ref, sha: head });
});

test("sends no request when the commit is named", async () => {
  const sha = "a".repeat(40);
  expect(await findCommit("acme/unknown", production, { tag: "v2.0.0", sha })).toEqual({
    ref: "refs/tags/v2.0.0",
    sha,
  });
});

test.each([
  ["no such ref", staging, { tag: "v9" }, "acme/shop has no refs/tags/v9; push it, or name the commit with --sha"],
  ["no tag for an environment that tags release", production, {}, "name a tag with --tag"],
  ["no commit", staging, { sha: "HEAD" }, "--sha: HEAD is not a commit"],
])("says what to name: %s", async (_, environment, options, says) => {
  await expect(findCommit("acme/shop", environment, options)).rejects.toThrow(says);
});
