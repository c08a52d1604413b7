import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { repositoryIn, tryGit } from "../lib/git.ts";

/** A Dockerfile of the application, by the folder that holds it. */
export type FoundDockerfile = {
  /** Relative to the working copy's root; `.` for the root itself. */
  folder: string;
  stages: readonly string[];
};

/** Facts from the application's working copy. */
export type Source = {
  /** `owner/name` on GitHub, from the remote. */
  repository?: string;
  /** The default branch, if git knows it. */
  branch?: string;
  dockerfiles: readonly FoundDockerfile[];
};

/** Folders of generated or downloaded files. */
const ignoredFolders = new Set(["node_modules", "vendor", "dist", "build", "target"]);
const maxDepth = 4;

/** Reads the application's working copy; Lockmaster's own working copy has no facts about the application. */
export async function readSource(folder: string): Promise<Source> {
  const top = (await tryGit(folder, "rev-parse", "--show-toplevel")) ?? folder;
  if (relative(repositoryRoot, top) === "") return { dockerfiles: [] };
  const remote = await tryGit(top, "remote", "get-url", "origin");
  const repository = remote === undefined ? undefined : repositoryIn(remote);
  const head = await tryGit(top, "symbolic-ref", "--short", "refs/remotes/origin/HEAD");
  return {
    ...(repository !== undefined && { repository }),
    ...(head !== undefined && { branch: head.replace(/^origin\//, "") }),
    dockerfiles: await dockerfilesIn(top, ".", maxDepth),
  };
}

async function dockerfilesIn(top: string, folder: string, depth: number): Promise<FoundDockerfile[]> {
  const entries = await readdir(join(top, folder), { withFileTypes: true });
  const own = entries.some((entry) => entry.isFile() && entry.name === "Dockerfile")
    ? [
        {
          folder: folder.split(sep).join("/"),
          stages: stagesOf(await readFile(join(top, folder, "Dockerfile"), "utf8")),
        },
      ]
    : [];
  const inner = entries
    .filter(
      (entry) => depth > 0 && entry.isDirectory() && !entry.name.startsWith(".") && !ignoredFolders.has(entry.name),
    )
    .map(({ name }) => dockerfilesIn(top, join(folder, name), depth - 1));
  return [...own, ...(await Promise.all(inner)).flat()];
}

function stagesOf(dockerfile: string): string[] {
  return [...dockerfile.matchAll(/^[ \t]*FROM[ \t].*[ \t]AS[ \t]+([A-Za-z][\w.-]*)/gim)].map(([, stage = ""]) => stage);
}
