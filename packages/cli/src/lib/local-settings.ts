import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { parseInput } from "@lockmaster/core/lib/parse.ts";
import * as v from "valibot";

/** Where `npm run local` tells other commands how to reach it, while it runs. */
export const localSettingsFile = join(repositoryRoot, ".lockmaster/local.json");

const LocalSettings = v.object({
  /** Of the local AWS. */
  endpoint: v.pipe(v.string(), v.url()),
  webhookUrl: v.pipe(v.string(), v.url()),
  webhookSecret: v.pipe(v.string(), v.minLength(1)),
  region: v.string(),
  /** Name of the ledger's table. */
  ledgerTable: v.string(),
  stateMachineArn: v.string(),
});

export type LocalSettings = v.InferOutput<typeof LocalSettings>;

/**
 * @param otherwise what a command takes in place of a local AWS: `give both --url and --secret`
 * @throws Error with the remedy, when no local AWS has left its settings
 */
export async function readLocalSettings(file: string, otherwise: string): Promise<LocalSettings> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new Error(`no local AWS is running: start one with \`npm run local\`, or ${otherwise}`, { cause });
  });
  return parseInput(LocalSettings, JSON.parse(text));
}
