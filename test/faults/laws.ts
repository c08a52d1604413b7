import type { StoryPart } from "@lockmaster/rehearsal/story/story.ts";
import type { Case } from "./cases.ts";
import type { Facts, ReleaseFacts, ServiceFacts } from "./facts.ts";

/** What a run is measured against. */
export type Expectation = {
  /** How the last part ends undisturbed. */
  result: StoryPart["expect"];
  /** The environments before the last part, and after it when nothing disturbed it. */
  before: Facts["environments"];
  after: Facts["environments"];
  mendedBy: Case["mendedBy"];
};

/** @returns what is wrong, in one sentence; undefined when the law holds */
export type Law = { name: string; broken: (facts: Facts, expectation: Expectation) => string | undefined };

/** Of whatever happens. */
const commonLaws: readonly Law[] = [
  {
    name: "every service stands still, with all of its tasks",
    broken: ({ environments }) =>
      first(Object.entries(environments), ([name, services]) =>
        first(Object.entries(services), ([service, { unrest }]) =>
          unrest === undefined ? undefined : `${service} in ${name}: ${unrest}`,
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
            : // Stopped when the function was at work already that wrote the success down.
              status !== "RUNNING" && (status === "ABORTED" || !isSuccess(recorded));
        return agree ? undefined : `the execution is ${status} (${error}), the record ${recorded}`;
      }),
  },
  {
    name: "nothing is built twice",
    broken: ({ builds }, { mendedBy }) => {
      // What was stopped, because its release had failed and nobody waited for it, a Redrive begins anew.
      const counted = mendedBy === "redrive" ? builds.filter(({ status }) => status !== "STOPPED") : builds;
      return first(
        [...Map.groupBy(counted, ({ image, commit }) => `${image} ${commit.slice(0, 7)}`)],
        ([what, alike]) =>
          alike.length === 1 ? undefined : `${what}: ${alike.map(({ status }) => status).join(", ")}`,
      );
    },
  },
  {
    name: "no build runs on",
    broken: ({ builds }) => {
      const running = builds.filter(({ status }) => status === "IN_PROGRESS");
      return running.length === 0 ? undefined : running.map(({ image, commit }) => `${image} ${commit}`).join();
    },
  },
  {
    name: "no release is dropped",
    broken: ({ dropped, releases }) => {
      if (dropped > 0) return `${dropped} deliveries were never taken`;
      return releases.length === 0 ? "no execution was started" : undefined;
    },
  },
  {
    name: "events agree with the record",
    broken: ({ releases }) =>
      first(releases, ({ record, told }) => {
        const status = record?.status ?? "unknown";
        const mayBeUntold = status === "open" || status === "unknown";
        const last = told.at(-1);
        const agree = last === undefined ? mayBeUntold : last === status;
        return agree ? undefined : `${status} is recorded, ${told.join() || "nothing"} told`;
      }),
  },
  {
    name: "no one-off task runs on, and none is repeated that is done",
    broken: ({ tasks }) => {
      const running = tasks.find(({ status }) => status !== "STOPPED");
      if (running !== undefined) return `${running.command} of ${running.release} is ${running.status}`;
      return first([...Map.groupBy(tasks, ({ release, command }) => `${command} of ${release}`)], ([what, runs]) => {
        // Tests of what runs are repeated when it was deployed anew.
        const done = runs.findIndex(({ exitCode, command }) => exitCode === 0 && command.includes("migrate"));
        return done === -1 || done === runs.length - 1 ? undefined : `${what} ran ${runs.length - 1 - done} times more`;
      });
    },
  },
  {
    name: "no lock is held, none is dirty, nobody waits",
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

/** Of one release by itself: where it leads to is known. */
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
          // The settlement of a rollback goes where the rollback went to.
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
    name: "the fault is mended",
    broken: ({ releases }, { result, mendedBy }) => {
      const [release] = releases;
      const was = release === undefined ? "nothing" : resultOf(release);
      return mendedBy === "settlement" || was === result ? undefined : `${was} instead of ${result}: ${why(release)}`;
    },
  },
];

/** What is broken: by law, what is wrong. */
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

/** How a release ended, in the words of stories; `stopped` when somebody ended its execution. */
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

/** Every service runs the commit that was released: all counts as changed where GitHub could not be asked what has. */
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
