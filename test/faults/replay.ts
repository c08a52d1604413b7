import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { demonstrationFile } from "@lockmaster/cli/lib/configuration-file.ts";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import type { Case } from "./cases.ts";
import { walkOf } from "./walks.ts";

const folder = join(repositoryRoot, ".lockmaster", "faults");

/**
 * How to replay a case: with a scenario file written for it, or by the walk itself if a scenario cannot express the case.
 *
 * @returns a command
 */
export function replayOf({ walk: name, label, trouble }: Case): string {
  const walk = walkOf(name);
  if (walk.tasks !== undefined || walk.second !== undefined || walk.reconfigured)
    return `npm run test:faults -- --scenario ${name} --only ${JSON.stringify(label)}`;
  const { story } = walk;
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
  return `npm run local -- --config ${relative(repositoryRoot, demonstrationFile)} --once --scenario ${relative(repositoryRoot, file)}`;
}
