/** What contradicts itself or the rest of the configuration in the settings of builds. */
import { formatPath } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";
import type { RepositoryBuilds } from "./builds.ts";
import type { Configuration } from "./configuration.ts";
import { closest } from "./fields.ts";

/** Paths begin at the configuration. */
export function findBuildsProblems({ repositories, installation }: Configuration): Violation[] {
  return Object.entries(installation.builds.repositories).flatMap(([repository, settings]) => {
    const path = ["installation", "builds", "repositories", repository];
    if (!Object.hasOwn(repositories, repository))
      return [unknownRepository(path, repository, Object.keys(repositories))];
    return [
      ...repeated([...path, "logins"], "registry", settings.logins),
      ...repeated([...path, "pullThroughCaches"], "prefix", settings.pullThroughCaches),
      ...foreignKeys(path, settings),
    ];
  });
}

function unknownRepository(path: readonly string[], repository: string, known: readonly string[]): Violation {
  const likely = closest(repository, known);
  const hint = likely === undefined ? "" : `; did you mean ${likely}?`;
  return violation(path, `is not a repository of the configuration: its repositories are: ${known.join(", ")}${hint}`);
}

/** Docker keeps one login for each registry, and the last one would win. */
function repeated<const Key extends string>(
  path: readonly string[],
  key: Key,
  entries: readonly Readonly<Record<Key, string>>[],
): Violation[] {
  return entries.flatMap((entry, index) =>
    entries.findIndex((other) => other[key] === entry[key]) === index
      ? []
      : [violation([...path, index, key], `${JSON.stringify(entry[key])} is named twice: remove one of the entries`)],
  );
}

/** A secret and its key are in the same region: docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html */
function foreignKeys(path: readonly string[], { logins }: RepositoryBuilds): Violation[] {
  return logins.flatMap(({ secret, encryptionKey }, index) => {
    const region = regionOf(encryptionKey);
    const expected = regionOf(secret);
    if (region === undefined || expected === undefined || region === expected) return [];
    const message = `${JSON.stringify(encryptionKey)} is in ${region} and its secret in ${expected}: write the ARN of the key in ${expected}`;
    return [violation([...path, "logins", index, "encryptionKey"], message)];
  });
}

/** @returns undefined for a name */
function regionOf(arnOrName: string | undefined): string | undefined {
  return arnOrName?.startsWith("arn:") === true ? arnOrName.split(":")[3] : undefined;
}

const violation = (path: readonly (string | number)[], message: string): Violation => ({
  path: formatPath(path),
  message,
});
