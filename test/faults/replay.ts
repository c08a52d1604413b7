import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "@lockmaster/cli/local/rehearsal.ts";
import type { Case } from "./cases.ts";
import { walks } from "./walks.ts";

const folder = join(root, ".lockmaster", "faults");

/** Writes the scenario that replays a case (`npm run local -- --scenario …`). @returns its path, from the repository's root */
export function writeReplay({ walk: name, label, trouble }: Case): string {
  const story = walks.find((walk) => walk.name === name)?.story;
  if (story === undefined) throw new Error(`There is no walk ${name}.`);
  const { faults = [], events = [] } = trouble;
  const scenario = {
    ...story,
    description: `${name}, with ${label}`,
    faults: [...story.faults, ...faults],
    events: [...story.events, ...events],
  };
  const file = join(folder, `${name}-${label.replaceAll(/[^A-Za-z0-9#.]+/g, "-").replaceAll("#", "")}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(scenario, undefined, 2)}\n`);
  return relative(root, file);
}
