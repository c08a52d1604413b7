import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { EnvironmentConfiguration, RepositoryConfiguration } from "@lockmaster/core/config/schema.ts";
import type { Scenario } from "@lockmaster/local-aws";

/** In bytes: the simulated images are of this order. */
const usualSize = 45_000_000;

/**
 * Completes a scenario with what the configuration expects of the account: its alarms exist, and its images pass its gates. Rules
 * of the scenario come first.
 */
export function accountScenario<Given extends Scenario>(scenario: Given, { repositories }: Configuration): Given {
  const all = Object.values(repositories);
  const known = new Set(scenario.alarms.map(({ name }) => name));
  const alarms = new Set(all.flatMap(environmentsOf).flatMap(({ health }) => health.alarms));
  return {
    ...scenario,
    alarms: [
      ...scenario.alarms,
      ...[...alarms].filter((name) => !known.has(name)).map((name) => ({ name, state: "OK" as const })),
    ],
    builds: [...scenario.builds, ...all.flatMap(passingBuilds)],
    scans: [...scenario.scans, ...all.flatMap(passingScans)],
  };
}

const environmentsOf = ({ environments }: RepositoryConfiguration): EnvironmentConfiguration[] =>
  Object.values(environments);

/** Images as large as the gates allow, all of one size, with the labels that are demanded. */
function passingBuilds(repository: RepositoryConfiguration): Scenario["builds"] {
  const gates = environmentsOf(repository).map(({ gates: { image } }) => image);
  const smallest = Math.min(...gates.map(({ maximumMegabytes = Infinity }) => maximumMegabytes)) * 1_000_000;
  const labels = [...new Set(gates.flatMap((gate) => gate.labels))];
  const mayGrow = gates.every(({ maximumGrowthPercent = Infinity }) => maximumGrowthPercent >= 50);
  const fits = smallest >= 60_000_000 && mayGrow;
  if (fits && labels.length === 0) return [];
  return Object.keys(repository.images).map((image) => ({
    image,
    ...(!fits && { sizeBytes: Math.min(usualSize, Math.floor(smallest * 0.9)) }),
    ...(labels.length > 0 && { makes: { labels: Object.fromEntries(labels.map((label) => [label, "rehearsal"])) } }),
  }));
}

/** Without a rule each image has two findings of low severity. */
function passingScans(repository: RepositoryConfiguration): Scenario["scans"] {
  const allowed = environmentsOf(repository).map(({ gates: { scan } }) =>
    scan.enabled ? scan.maximum.low : undefined,
  );
  if (allowed.every((low = Infinity) => low >= 2)) return [];
  return Object.values(repository.images).map((image) => ({
    repository: image.repository,
    type: "basic" as const,
    emptySeconds: 0,
    findings: [],
  }));
}
