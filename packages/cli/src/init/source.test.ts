import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { repositoryIn } from "../lib/git.ts";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { proposeImages } from "./propose-images.ts";
import { readSource } from "./source.ts";

test.each([
  ["git@github.com:acme/shop.git", "acme/shop"],
  ["https://github.com/acme/shop", "acme/shop"],
  ["https://token@github.example/acme/shop.git/", "acme/shop"],
  ["ssh://git@github.com:22/acme/shop.git", "acme/shop"],
  ["/srv/git/shop.git", undefined],
  ["https://dev.example/group/sub/shop", undefined],
])("the remote %s is %s", (remote, repository) => {
  expect(repositoryIn(remote)).toBe(repository);
});

async function workingCopy(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lockmaster-source-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(join(folder, file, ".."), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  return folder;
}

const dockerfile = "FROM node:24 AS base\nFROM base as test\nRUN npm test\nFROM base\n";

test("finds the repository, the branch and the Dockerfiles of a working copy", async () => {
  const folder = await workingCopy({
    "apps/frontend/Dockerfile": dockerfile,
    "api/Dockerfile": "FROM scratch\n",
    "node_modules/x/Dockerfile": "FROM scratch\n",
  });
  const git = (...args: string[]) => execFileSync("git", ["-C", folder, ...args]);
  git("init", "-q");
  git("remote", "add", "origin", "git@github.com:acme/shop.git");
  git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk");
  const source = await readSource(join(folder, "apps"));

  expect(source).toMatchObject({ repository: "acme/shop", branch: "trunk" });
  const images = proposeImages(
    ["shop/frontend", "shop-api", "shop/other"].map((repository) => ({
      cluster: "shop",
      service: repository,
      controller: "ECS",
      scheduling: "REPLICA",
      architecture: "X86_64",
      roles: [],
      logGroups: [],
      containers: [{ name: "app", repository, reference: "" }],
    })),
    source,
  );
  expect(images.map(({ name, context, paths, testTarget }) => ({ name, context, paths, testTarget }))).toEqual([
    { name: "shop-api", context: "api", paths: ["api/**"], testTarget: undefined },
    { name: "frontend", context: "apps/frontend", paths: ["apps/frontend/**"], testTarget: "test" },
    { name: "other", context: "other", paths: ["other/**"], testTarget: undefined },
  ]);
  expect(images[2]?.guess).toContain("no Dockerfile was found");
});

test("finds a Dockerfile in the root", async () => {
  const { dockerfiles } = await readSource(await workingCopy({ Dockerfile: dockerfile }));
  expect(dockerfiles).toEqual([{ folder: ".", stages: ["base", "test"] }]);
});

test("Lockmaster's own working copy has no facts about the application", async () => {
  expect(await readSource(repositoryRoot)).toEqual({ dockerfiles: [] });
});
