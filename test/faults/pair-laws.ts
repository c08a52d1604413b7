import type { Facts, ReleaseFacts } from "./facts.ts";
import { type Law, resultOf } from "./laws.ts";

const isSuccess = ({ status }: { status: string }): boolean => status === "succeeded" || status === "unproven";

/** Laws for two releases, the second requested while the first one was running. */
export const pairLaws: readonly Law[] = [
  {
    name: "every environment runs what its last successful release recorded, or is unchanged",
    broken: (facts, { before }) => {
      for (const [name, services] of Object.entries(facts.environments)) {
        const expected = lastSuccess(facts, name)?.services ?? digestsOf(before[name] ?? {});
        const running = digestsOf(services);
        if (JSON.stringify(sorted(expected)) === JSON.stringify(sorted(running))) continue;
        return `${name} runs ${JSON.stringify(running)}, the records say ${JSON.stringify(expected)}`;
      }
      return undefined;
    },
  },
  {
    name: "the newer release supersedes the older one",
    broken: ({ releases: [, newer] }, { result }) => {
      const was = newer === undefined ? "nothing" : resultOf(newer);
      return was === result
        ? undefined
        : `${was} instead of ${result}: ${newer?.error}: ${newer?.cause?.slice(0, 300)}`;
    },
  },
  {
    name: "the older release ends with a recorded result and overwrites nothing",
    broken: ({ releases: [older, newer] }) => {
      if (older?.record === undefined) return "the older release has no record";
      const was = resultOf(older);
      if (!["succeeded", "superseded", "stopped"].includes(was))
        return `the older release ended as ${was}: ${older.error}`;
      return isLater(older, newer) ? "the older release succeeded after the newer one" : undefined;
    },
  },
];

/** Laws for a release whose configuration changes: it can be refused before it has changed anything, or be planned anew. */
export const changeLaws: readonly Law[] = [
  {
    name: "a service runs what the last successful release recorded, or is unchanged",
    broken: (facts, { before }) => {
      for (const [name, services] of Object.entries(facts.environments)) {
        const released = lastSuccess(facts, name)?.services ?? {};
        for (const [service, running] of Object.entries(digestsOf(services))) {
          // A service that got another name has its record under that.
          const expected = released[service] ?? released["jobs"] ?? digestsOf(before[name] ?? {})[service];
          if (JSON.stringify(expected) !== JSON.stringify(running))
            return `${service} in ${name} runs ${JSON.stringify(running)}, the records say ${JSON.stringify(expected)}`;
        }
      }
      return undefined;
    },
  },
];

function lastSuccess({ records }: Facts, environment: string) {
  const successes = records.filter((record) => record.environment === environment && isSuccess(record));
  return successes.toSorted((a, b) => (a.endedAt ?? "").localeCompare(b.endedAt ?? "")).at(-1);
}

function isLater({ record: older }: ReleaseFacts, newer: ReleaseFacts | undefined): boolean {
  if (older === undefined || newer?.record === undefined || older.environment !== newer.record.environment)
    return false;
  return isSuccess(older) && isSuccess(newer.record) && (older.endedAt ?? "") > (newer.record.endedAt ?? "");
}

function digestsOf(services: Facts["environments"][string]): Record<string, Record<string, string>> {
  return Object.fromEntries(
    Object.entries(services).map(([service, { digests }]) => [
      service,
      Object.fromEntries(Object.entries(digests).map(([container, running]) => [container, running.join()])),
    ]),
  );
}

function sorted(services: Readonly<Record<string, Readonly<Record<string, string>>>>): unknown {
  const byName = <T>(record: Readonly<Record<string, T>>) =>
    Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return byName(services).map(([service, digests]) => [service, byName(digests)]);
}
