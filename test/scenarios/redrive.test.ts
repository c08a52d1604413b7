import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import type { ScenarioInput } from "@lockmaster/local-aws";
import * as v from "valibot";
import { expect, test } from "vitest";
import { expectRecovered, waitForRecovery } from "./recovery.fixture.ts";
import { onEveryService, commits, openScenario, statesOf, type Release, type Shop } from "./shop.fixture.ts";

const { first, good, better, bad } = commits;
const repository = "acme/shop";

/** How a state is made to fail, and what comes of it. */
type Failing = {
  /** The state's function, which cannot be invoked any more, from its so manieth invocation on; the first when absent. */
  function: string;
  occurrence?: number;
  /** For so long; longer than the retries of whatever happens before the first change when absent. */
  minutes?: number;
  /** What is asked for; a push of `good` when absent. */
  begin?: (shop: Shop) => Promise<Release>;
  tasks?: ScenarioInput["tasks"];
  /** The commit that runs after the Redrive; that of the push when absent. */
  runs?: string;
};

const at = (shop: Shop, minutesAgo = 0) => new Date(shop.clock.now() - minutesAgo * 60_000).toISOString();
const requestedBy = { kind: "operator", name: "arn:aws:iam::111122223333:user/ops" };
const outlasting = 60;

/** So many tasks crash that the release goes back once; redriven, it is well. */
const crashes: ScenarioInput["tasks"] = [
  { service: "backend", commit: "b", times: 4, fate: { kind: "crash", afterSeconds: 3, exitCode: 1, log: [] } },
];
const pushBad = (shop: Shop) => shop.startRelease(bad);

function check(shop: Shop): Promise<Release> {
  const requestedAt = at(shop);
  const ref = "refs/pull/7/head";
  return shop.startExecution("check", {
    kind: "check",
    repository,
    ref,
    sha: good,
    base: first,
    requestedBy,
    requestedAt,
  });
}

/** Asked for before what was released since. */
async function tooLate(shop: Shop): Promise<Release> {
  await shop.release(good);
  const asked = { kind: "deploy", repository, environment: "staging", ref: "refs/heads/main", sha: better };
  return shop.startExecution("late", { ...asked, requestedBy, requestedAt: at(shop, 60) });
}

async function goBack(shop: Shop): Promise<Release> {
  await shop.release(good);
  await shop.release(better);
  const asked = { kind: "rollback", repository, environment: "staging", to: "previous" };
  return shop.startExecution("back", { ...asked, requestedBy, requestedAt: at(shop) });
}

/** Every state that can fail. */
const table: Readonly<Record<string, Failing>> = {
  Plan: { function: "plan-release" },
  "Build image": { function: "start-build" },
  "Check image": { function: "check-image" },
  "Check scan": { function: "check-scan" },
  "Acquire lock": { function: "acquire-lock" },
  "Snapshot services": { function: "snapshot-services" },
  "Run tasks before deployment": { function: "run-task", minutes: outlasting },
  "Deploy service": { function: "deploy-service" },
  "Check health": { function: "check-health", minutes: 25 },
  "Run tasks after deployment": { function: "run-task", occurrence: 2, minutes: outlasting },
  "Finish release": { function: "finish-release", minutes: outlasting },
  "Roll back service": {
    function: "rollback-service",
    minutes: outlasting,
    begin: pushBad,
    tasks: crashes,
    runs: bad,
  },
  "Check rollback health": {
    function: "check-health",
    occurrence: 6,
    minutes: 25,
    begin: pushBad,
    tasks: crashes,
    runs: bad,
  },
  "Finish failed release": {
    function: "finish-release",
    minutes: outlasting,
    begin: pushBad,
    tasks: crashes,
    runs: bad,
  },
  "Finish rollback": { function: "finish-release", occurrence: 3, minutes: outlasting, begin: goBack },
  "Finish check": { function: "finish-release", minutes: outlasting, begin: check, runs: first },
  "Finish superseded release": { function: "finish-release", occurrence: 2, minutes: outlasting, begin: tooLate },
};

const Machine = v.object({ States: v.record(v.string(), v.looseObject({ Type: v.string() })) });

/** Choices, waits and the like have nothing that could fail but an expression; a Map fails with its iterations. */
function tasksOf(machine: unknown): string[] {
  return Object.entries(v.parse(Machine, machine).States).flatMap(([name, state]) => [
    ...(state.Type === "Task" ? [name] : []),
    ...(state.Type === "Map" ? tasksOf(state["ItemProcessor"]) : []),
  ]);
}

test("every state that can fail is in the table", () => {
  const machine: unknown = JSON.parse(readFileSync(join(repositoryRoot, "statemachine/release.asl.json"), "utf8"));
  expect(Object.keys(table).toSorted()).toEqual(tasksOf(machine).toSorted());
});

test.each(Object.entries(table))(
  "%s fails, the cause is mended, and Redrive leads to success",
  async (state, { function: name, occurrence = 1, minutes = 10, begin, tasks, runs = good }) => {
    const outage = { kind: "error500", strength: "outage", outageSeconds: minutes * 60 } as const;
    const task = { service: "backend", container: "api", command: ["./manage"], deadlineMinutes: 15 };
    const shop = await openScenario(
      {
        faults: [{ ...outage, service: "lambda", function: name, operation: "Invoke", occurrence }],
        ...(tasks !== undefined && { tasks }),
      },
      {
        configure(configuration) {
          const staging = configuration.repositories[repository]?.environments["staging"];
          const when = state === "Run tasks before deployment" ? "before" : "after";
          if (staging !== undefined && state.startsWith("Run tasks"))
            staging.tasks = { before: [], after: [], [when]: [{ ...task, name: "task" }] };
          return configuration;
        },
      },
    );
    const release = await (begin?.(shop) ?? shop.startRelease(good));
    const execution = await shop.waitForEnd(release);
    expect(execution.status).toBe("FAILED");
    expect(statesOf(execution)).toContain(state);
    expect(shop.rehearsal.aws.faults()).toMatchObject([{ injected: true }]);
    await shop.clock.advance(minutes * 60_000);

    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(runs));
    await waitForRecovery(shop);
    await expectRecovered(shop);
    const { status } = await shop.record(release);
    expect(status).toBe(state === "Finish superseded release" ? "superseded" : "succeeded");
    const built = await shop.builds();
    expect(built).toEqual([...new Set(built)]);
  },
  60_000,
);
