import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { parseInput } from "@lockmaster/core/lib/parse.ts";
import * as v from "valibot";

/** The file that exists while `npm run local` runs: how other commands reach its local AWS. */
export const localSettingsFile = join(repositoryRoot, ".lockmaster/local.json");

const LocalSettings = v.object({
  /** URL of the local AWS. */
  endpoint: v.pipe(v.string(), v.url()),
  /** Base URL of the local GitHub's REST API. */
  githubApi: v.pipe(v.string(), v.url()),
  webhookUrl: v.pipe(v.string(), v.url()),
  webhookSecret: v.pipe(v.string(), v.minLength(1)),
  region: v.string(),
  /** Name of the ledger's table. */
  ledgerTable: v.string(),
  stateMachineArn: v.string(),
  /** Path of the configuration file that it runs; absent in files of older versions. */
  configuration: v.optional(v.string()),
});

export type LocalSettings = v.InferOutput<typeof LocalSettings>;

/**
 * @param alternative options that replace a local AWS: `give both --url and --secret`
 * @throws Error with the next step, when no local AWS runs
 */
export async function readLocalSettings(file: string, alternative: string): Promise<LocalSettings> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new Error(`no local AWS is running: start one with \`npm run local\`, or ${alternative}`, { cause });
  });
  return parseInput(LocalSettings, JSON.parse(text));
}

/** @returns a function that removes the file */
export async function writeLocalSettings(settings: LocalSettings): Promise<() => Promise<void>> {
  await mkdir(dirname(localSettingsFile), { recursive: true });
  await writeFile(localSettingsFile, `${JSON.stringify(settings, undefined, 2)}\n`);
  return () => rm(localSettingsFile, { force: true });
}
