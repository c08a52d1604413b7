import { readFileSync } from "node:fs";
import { judgeScan } from "@lockmaster/core/gates/scan-verdict.ts";
import { ScanGate } from "@lockmaster/core/config/gates.ts";
import { retryAfterSeconds } from "@lockmaster/core/rollout/poll-interval.ts";
import { createExpressions, virtualClock } from "@lockmaster/local-aws";
import { maxTotalTaskMinutes } from "@lockmaster/core/config/tasks.ts";
import { retryAfterSeconds as retryTaskAfterSeconds } from "@lockmaster/core/tasks/judge-task.ts";
import * as v from "valibot";
import { expect, test } from "vitest";

/** The longest durations that the configuration allows. */
const longest = { healthMinutes: 4320, bakeMinutes: 24 * 60, scanMinutes: 240, buildMinutes: 2 * 480 };
const maxImages = 50;
/** Before and after the deployment; many short tasks are polled more often than a long one. */
const maxTasks = 10;
/** An execution ends with its 25,000th event; the other states of a release need events too. */
const budget = 20_000;

const text = readFileSync(new URL("release.asl.json", import.meta.url), "utf8");
const State = v.looseObject({ Type: v.string(), Resource: v.optional(v.string()) });
const Machine = v.object({ States: v.record(v.string(), v.unknown()) });

function stateNamed(name: string): v.InferOutput<typeof State> {
  const machine = v.parse(Machine, JSON.parse(text));
  const inner = Object.values(machine.States).flatMap((state) => {
    const map = v.safeParse(v.object({ ItemProcessor: Machine }), state);
    return map.success ? Object.entries(map.output.ItemProcessor.States) : [];
  });
  return v.parse(State, Object.fromEntries([...Object.entries(machine.States), ...inner])[name], { message: name });
}

/** Events of one round: each state is entered and exited, a task is also scheduled, started, submitted and ended. */
function eventsOfRound(states: readonly string[]): number {
  return states
    .map((name) => {
      const { Type, Resource = "" } = stateNamed(name);
      if (Type !== "Task") return 2;
      return Resource.endsWith(".waitForTaskToken") ? 6 : 5;
    })
    .reduce((sum, events) => sum + events, 0);
}

/** Number of polls until an age, with the wait that each of them returns. */
function polls(untilSeconds: number, waitSeconds: (ageSeconds: number) => number): number {
  let count = 0;
  for (let age = 0; age < untilSeconds; age += waitSeconds(age)) count += 1;
  return count + 1;
}

const unfinishedScan = (ageSeconds: number): number => {
  const gate = v.parse(ScanGate, { deadlineMinutes: longest.scanMinutes });
  const since = new Date(0);
  const verdict = judgeScan({ found: false }, { gate, waivers: [], since, now: new Date(ageSeconds * 1000) });
  return verdict.state === "waiting" ? verdict.retryAfterSeconds : longest.scanMinutes * 60;
};

const taskRetrySeconds = (ageSeconds: number): number =>
  retryTaskAfterSeconds({ deadlineMinutes: maxTotalTaskMinutes / maxTasks }, ageSeconds);

const longestHealthSeconds = (longest.healthMinutes + longest.bakeMinutes) * 60;
const healthPolls = polls(longestHealthSeconds, (ageSeconds) =>
  retryAfterSeconds({ ageSeconds, deadlineSeconds: longestHealthSeconds, longestSeconds: longestHealthSeconds }),
);

test.each([
  {
    loop: "builds whose events are all lost",
    states: ["Build image"],
    rounds: maxImages * polls(longest.buildMinutes * 60, (age) => (age < 4 * 300 ? 300 : 3600)),
  },
  {
    loop: "scans that never end",
    states: ["Check scan", "Is the scan complete?", "Wait for the scan"],
    rounds: maxImages * polls(longest.scanMinutes * 60, unfinishedScan),
  },
  {
    loop: "tasks that never end",
    states: [
      "Run tasks before deployment",
      "Are the tasks before deployment done?",
      "Wait for tasks before deployment",
    ],
    rounds: maxTasks * polls((maxTotalTaskMinutes / maxTasks) * 60, taskRetrySeconds),
  },
  {
    loop: "health checks, forward and back",
    states: ["Check health", "Is the release healthy?", "Wait for the rollout"],
    rounds: 2 * healthPolls,
  },
  {
    loop: "health checks that fail, forward and back",
    states: ["Check health", "Is there time to check again?", "Check health later"],
    rounds: 2 * healthPolls,
  },
])(`the longest $loop stays below ${budget} events`, ({ states, rounds }) => {
  const events = rounds * eventsOfRound(states);
  expect(events).toBeGreaterThan(1000);
  expect(events).toBeLessThan(budget);
});

test.each(["Check health later", "Check rollback later"])(
  "%s waits at least as long as check-health would have requested, so that failed checks add no rounds",
  async (name) => {
    const { Seconds } = v.parse(v.object({ Seconds: v.string() }), stateNamed(name));
    const since = "2026-11-20T10:00:00.000Z";
    for (const longestSeconds of [1200, 3 * 3600, longestHealthSeconds]) {
      for (const ageSeconds of [0, 5, 50, 170, 1000, 3599, 3600, 10_000, longestSeconds - 1]) {
        const clock = virtualClock({ start: Date.parse(since) + ageSeconds * 1000 });
        const expression = createExpressions({ clock, random: () => 0 }).parse(Seconds.replace(/^\{%|%\}$/g, ""));
        const bindings = { deployingSince: since, rollingBackSince: since, healthSeconds: longestSeconds };
        const waits = await expression.evaluate(bindings);
        const pace = { ageSeconds, deadlineSeconds: Infinity, longestSeconds };
        expect(waits, `${ageSeconds} of ${longestSeconds}`).toBeGreaterThanOrEqual(retryAfterSeconds(pace));
      }
    }
  },
);
