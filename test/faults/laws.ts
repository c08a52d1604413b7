import type { StoryPart } from "@lockmaster/rehearsal/story/story.ts";
import type { Case } from "./cases.ts";
import type { Facts, ReleaseFacts, ServiceFacts } from "./facts.ts";

/** The expectation that a run is compared with. */
export type Expectation = {
  /** The result of the last part without faults. */
  result: StoryPart["expect"];
  /** The environments before the last part, and after it without faults. */
  before: Facts["environments"];
  after: Facts["environments"];
  recoversBy: Case["recoversBy"];
};

/** @returns the violation in one sentence; undefined if the law holds */
export type Law = { name: string; broken: (facts: Facts, expectation: Expectation) => string | undefined };

/** Laws for every walk. */
const commonLaws: readonly Law[] = [
  {
    name: "every service is stable with all of its tasks",
    broken: ({ environments }) =>
      first(Object.entries(environments), ([name, services]) =>
        first(Object.entries(services), ([service, { instability }]) =>
          instability === undefined ? undefined : `${service} in ${name}: ${instability}`,
        ),
      ),
  },
  {
    name: "execution and record agree",
    broken: ({ releases }) =>
      first(releases, ({ status, record, error }) => {
        const recorded = record?.status ?? "nothing";
        const agree =
          status === "SUCCEEDED"
            ? ["succeeded", "unproven", "superseded"].includes(recorded)
            : // The execution was stopped while a running function recorded the success.
              status !== "RUNNING" && (status === "ABORTED" || !isSuccess(recorded));
        return agree ? undefined : `the execution is ${status} (${error}), the record ${recorded}`;
      }),
  },
  {
    name: "nothing is built twice",
    broken: ({ builds }, { recoversBy }) => {
      // Redrive starts a build again that was stopped because no release waited for it.
      const counted = recoversBy === "redrive" ? builds.filter(({ status }) => status !== "STOPPED") : builds;
      return first(
        [...Map.groupBy(counted, ({ image, commit }) => `${image} ${commit.slice(0, 7)}`)],
        ([what, alike]) =>
          alike.length === 1 ? undefined : `${what}: ${alike.map(({ status }) => status).join(", ")}`,
      );
    },
  },
  {
    name: "no build keeps running",
    broken: ({ builds }) => {
      const running = builds.filter(({ status }) => status === "IN_PROGRESS");
      return running.length === 0 ? undefined : running.map(({ image, commit }) => `${image} ${commit}`).join();
    },
  },
  {
    name: "no release is dropped",
    broken: ({ dropped, releases }) => {
      if (dropped > 0) return `${dropped} deliveries were never accepted`;
      return releases.length === 0 ? "no execution was started" : undefined;
    },
  },
  {
    name: "events agree with the record",
    broken: ({ releases }) =>
      first(releases, ({ record, published }) => {
        const status = record?.status ?? "unknown";
        const mayBeUnpublished = status === "open" || status === "unknown";
        const last = published.at(-1);
        const agree = last === undefined ? mayBeUnpublished : last === status;
        return agree ? undefined : `${status} is recorded, ${published.join() || "no event"} published`;
      }),
  },
  {
    name: "no one-off task keeps running, and no finished one is repeated",
    broken: ({ tasks }) => {
      const running = tasks.find(({ status }) => status !== "STOPPED");
      if (running !== undefined) return `${running.command} of ${running.release} is ${running.status}`;
      return first([...Map.groupBy(tasks, ({ release, command }) => `${command} of ${release}`)], ([what, runs]) => {
        // Tasks after the deployment run again after another deployment.
        const done = runs.findIndex(({ exitCode, command }) => exitCode === 0 && command.includes("migrate"));
        return done === -1 || done === runs.length - 1
          ? undefined
          : `${what} ran ${runs.length - 1 - done} times again`;
      });
    },
  },
  {
    name: "no lock is held or dirty, and no release waits",
    broken: ({ locks }) => {
      const busy = locks.filter(({ holder, dirty, waiters }) => holder !== undefined || dirty || waiters.length > 0);
      return busy.length === 0 ? undefined : JSON.stringify(busy);
    },
  },
  {
    name: "no record is open",
    broken: ({ records }) => {
      const open = records.filter(({ status }) => status === "open");
      return open.length === 0 ? undefined : open.map(({ id }) => id).join();
    },
  },
];

/** Laws for a single release, whose end state is known. */
export const ownLaws: readonly Law[] = [
  {
    name: "an environment is entirely new or entirely as before",
    broken: ({ environments, releases }, { before, after }) =>
      first(Object.entries(environments), ([name, services]) => {
        const now = commitsOf(services);
        const allowed = [before[name], after[name]].map((one) => commitsOf(one ?? {}));
        const isNew = releases.some(({ environment, record }) => environment === name && isWhole(record, services));
        return isNew || allowed.includes(now) ? undefined : `${name} runs ${now}, neither ${allowed.join(" nor ")}`;
      }),
  },
  {
    name: "the record says what happened",
    broken: ({ environments, releases, records }, { before, after }) =>
      first(releases, ({ environment, executionArn, record }) => {
        const services = environments[environment];
        if (record === undefined || services === undefined) return undefined;
        const now = commitsOf(services);
        if (!isSuccess(record.status)) {
          const said = `${record.status}, but ${environment} runs ${now}`;
          // The recovery of a rollback has the same target as the rollback.
          const isGone = records.some((one) => one.recovers?.executionArn === executionArn && isSuccess(one.status));
          if (record.kind === "rollback" && isGone && now === commitsOf(after[environment] ?? {})) return undefined;
          return now === commitsOf(before[environment] ?? {}) ? undefined : said;
        }
        const isNew = isWhole(record, services) || now === commitsOf(after[environment] ?? {});
        if (!isNew) return `${record.status}, but ${environment} runs ${now}`;
        return first(Object.entries(services), ([service, { digests }]) => {
          const recorded = JSON.stringify(sorted(record.services?.[service] ?? {}));
          const running = JSON.stringify(sorted(mapValues(digests, (found) => found.join())));
          return recorded === running ? undefined : `${service}: ${recorded} is recorded, ${running} runs`;
        });
      }),
  },
  {
    name: "the release recovers from the fault",
    broken: ({ releases }, { result, recoversBy }) => {
      const [release] = releases;
      const was = release === undefined ? "nothing" : resultOf(release);
      return recoversBy === "recovery" || was === result ? undefined : `${was} instead of ${result}: ${why(release)}`;
    },
  },
];

/** The violations, by law. */
export function brokenLaws(
  facts: Facts,
  expectation: Expectation,
  laws: readonly Law[] = ownLaws,
): Record<string, string> {
  const broken: Record<string, string> = {};
  for (const law of [...commonLaws, ...laws]) {
    const problem = law.broken(facts, expectation);
    if (problem !== undefined) broken[law.name] = problem;
  }
  return broken;
}

/** A release's result as stories name it; `stopped` if its execution was stopped. */
export function resultOf({ status, record }: ReleaseFacts): string {
  if (status === "ABORTED") return "stopped";
  if (record === undefined || record.status === "open") return status === "SUCCEEDED" ? "unrecorded" : "refused";
  if (record.status === "failed") return "refused";
  return record.kind === "check" && record.status === "succeeded" ? "checked" : record.status;
}

function why(release: ReleaseFacts | undefined): string {
  return `${release?.error ?? "no error"}: ${(release?.cause ?? "").slice(0, 300)}`;
}

const isSuccess = (status: string): boolean => status === "succeeded" || status === "unproven";

/** Every service runs the released commit: if GitHub did not answer what changed, everything counts as changed. */
function isWhole(record: ReleaseFacts["record"], services: Readonly<Record<string, ServiceFacts>>): boolean {
  const running = Object.values(services).flatMap(({ commits }) => Object.values(commits).flat());
  return record !== undefined && isSuccess(record.status) && running.every((commit) => commit === record.sha);
}

function commitsOf(services: Readonly<Record<string, ServiceFacts>>): string {
  const short = mapValues(services, ({ commits }) =>
    [...new Set(Object.values(commits).flat())].map((commit) => commit.slice(0, 4)).join("+"),
  );
  return JSON.stringify(sorted(short));
}

function first<T>(all: readonly T[], problemOf: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const problem = problemOf(one);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
