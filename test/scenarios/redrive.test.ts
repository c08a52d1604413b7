import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import type { ExecutionView, ScenarioInput } from "@lockmaster/local-aws";
import * as v from "valibot";
import { expect, test } from "vitest";
import { expectRecovered, waitForRecovery } from "./recovery.fixture.ts";
import { onEveryService, commits, openScenario, statesOf, type Release, type Shop } from "./shop.fixture.ts";

const { first, good, better, bad } = commits;
const repository = "acme/shop";

/** Longer than the retries of all states. */
const longOutageMinutes = 60;
/** Longer than the retries of a state before the first change. */
const shortOutageMinutes = 10;

/** An outage of a state's function. */
type Outage = {
  function: string;
  /** The number of the invocation with which the outage begins; 1 when absent. */
  occurrence?: number;
  /** `shortOutageMinutes` when absent. */
  minutes?: number;
};

/** One release can fail in all of these states, one after the other: each Redrive comes as far as the next one. */
const inTurn: Readonly<Record<string, Outage>> = {
  Plan: { function: "plan-release" },
  "Build image": { function: "start-build" },
  "Check image": { function: "check-image" },
  "Check scan": { function: "check-scan" },
  "Acquire lock": { function: "acquire-lock" },
  "Snapshot services": { function: "snapshot-services" },
  "Run tasks before deployment": { function: "run-task", minutes: longOutageMinutes },
  "Deploy service": { function: "deploy-service" },
};

/** A release that fails in one state. */
type Failing = Outage & {
  /** Starts the release; a push of `good` when absent. */
  start?: (shop: Shop) => Promise<Release>;
  tasks?: ScenarioInput["tasks"];
  /** The commit that runs after the Redrive; `good` when absent. */
  runs?: string;
};

const at = (shop: Shop, minutesAgo = 0) => new Date(shop.clock.now() - minutesAgo * 60_000).toISOString();
const requestedBy = { kind: "operator", name: "arn:aws:iam::111122223333:user/ops" };

/** So many tasks crash that the release rolls back once; after the Redrive none crashes. */
const crashes: ScenarioInput["tasks"] = [
  { service: "backend", commit: "b", times: 4, fate: { kind: "crash", afterSeconds: 3, exitCode: 1, log: [] } },
];
const failedRollout = { start: (shop: Shop) => shop.startRelease(bad), tasks: crashes, runs: bad };

function startCheck(shop: Shop): Promise<Release> {
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

/** Starts a release that was requested before one that has succeeded. */
async function startSuperseded(shop: Shop): Promise<Release> {
  await shop.release(good);
  const asked = { kind: "deploy", repository, environment: "staging", ref: "refs/heads/main", sha: better };
  return shop.startExecution("late", { ...asked, requestedBy, requestedAt: at(shop, 60) });
}

async function startRollback(shop: Shop): Promise<Release> {
  await shop.release(good);
  await shop.release(better);
  const asked = { kind: "rollback", repository, environment: "staging", to: "previous" };
  return shop.startExecution("back", { ...asked, requestedBy, requestedAt: at(shop) });
}

const byItself: Readonly<Record<string, Failing>> = {
  "Check health": { function: "check-health", minutes: 25 },
  "Run tasks after deployment": { function: "run-task", occurrence: 2, minutes: longOutageMinutes },
  "Finish release": { function: "finish-release", minutes: longOutageMinutes },
  "Roll back service": { function: "rollback-service", minutes: longOutageMinutes, ...failedRollout },
  "Check rollback health": { function: "check-health", occurrence: 6, minutes: 25, ...failedRollout },
  "Finish failed release": { function: "finish-release", minutes: longOutageMinutes, ...failedRollout },
  "Finish rollback": {
    function: "finish-release",
    occurrence: 3,
    minutes: longOutageMinutes,
    start: startRollback,
  },
  "Finish check": { function: "finish-release", minutes: longOutageMinutes, start: startCheck, runs: first },
  "Finish superseded release": {
    function: "finish-release",
    occurrence: 2,
    minutes: longOutageMinutes,
    start: startSuperseded,
  },
};

const faultOf = ({ function: name, occurrence = 1, minutes = shortOutageMinutes }: Outage) =>
  ({
    kind: "error500",
    service: "lambda",
    operation: "Invoke",
    function: name,
    occurrence,
    strength: "outage",
    outageSeconds: minutes * 60,
  }) as const;

/** The demonstration shop, whose staging runs a task before or after each deployment. */
function open(scenario: ScenarioInput, when?: "before" | "after"): Promise<Shop> {
  const task = { name: "task", service: "backend", container: "api", command: ["./manage"], deadlineMinutes: 15 };
  return openScenario(scenario, {
    configure(configuration) {
      const staging = configuration.repositories[repository]?.environments["staging"];
      if (staging !== undefined && when !== undefined) staging.tasks = { before: [], after: [], [when]: [task] };
      return configuration;
    },
  });
}

const Machine = v.object({ States: v.record(v.string(), v.looseObject({ Type: v.string() })) });

/** Task states, those in Maps included. In the other states only an expression could fail. */
function tasksOf(machine: unknown): string[] {
  return Object.entries(v.parse(Machine, machine).States).flatMap(([name, state]) => [
    ...(state.Type === "Task" ? [name] : []),
    ...(state.Type === "Map" ? tasksOf(state["ItemProcessor"]) : []),
  ]);
}

test("every state that can fail is in one of the tables", () => {
  const machine: unknown = JSON.parse(readFileSync(join(repositoryRoot, "statemachine/release.asl.json"), "utf8"));
  expect(Object.keys({ ...inTurn, ...byItself }).toSorted()).toEqual(tasksOf(machine).toSorted());
});

/** Expects that a release fails in a state, and lets the outage end. */
async function expectFailed(shop: Shop, execution: ExecutionView, state: string, outage: Outage): Promise<void> {
  expect({ state, status: execution.status }).toEqual({ state, status: "FAILED" });
  expect(statesOf(execution)).toContain(state);
  const fault = expect.objectContaining({ function: outage.function });
  expect(shop.rehearsal.aws.faults()).toContainEqual({ fault, injected: true });
  await shop.clock.advance((outage.minutes ?? shortOutageMinutes) * 60_000);
}

async function expectNoImageBuiltTwice(shop: Shop): Promise<void> {
  const built = await shop.builds();
  expect(built).toEqual([...new Set(built)]);
}

test("a release that fails in one state after the other comes one state further with every Redrive", async () => {
  const shop = await open({ faults: Object.values(inTurn).map(faultOf) }, "before");
  const release = await shop.startRelease(good);
  let execution = await shop.waitForEnd(release);
  for (const [state, outage] of Object.entries(inTurn)) {
    await expectFailed(shop, execution, state, outage);
    execution = await shop.redrive(release);
  }
  expect(execution.status).toBe("SUCCEEDED");
  expect(await shop.runningCommits()).toEqual(onEveryService(good));
  await waitForRecovery(shop);
  await expectRecovered(shop);
  expect((await shop.record(release)).status).toBe("succeeded");
  await expectNoImageBuiltTwice(shop);
});

test.each(Object.entries(byItself))(
  "a release that fails in %s succeeds with a Redrive",
  async (state, { start, tasks, runs = good, ...outage }) => {
    const scenario = { faults: [faultOf(outage)], ...(tasks !== undefined && { tasks }) };
    const shop = await open(scenario, state === "Run tasks after deployment" ? "after" : undefined);
    const release = await (start?.(shop) ?? shop.startRelease(good));
    await expectFailed(shop, await shop.waitForEnd(release), state, outage);

    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(runs));
    await waitForRecovery(shop);
    await expectRecovered(shop);
    const { status } = await shop.record(release);
    expect(status).toBe(state === "Finish superseded release" ? "superseded" : "succeeded");
    await expectNoImageBuiltTwice(shop);
  },
);
