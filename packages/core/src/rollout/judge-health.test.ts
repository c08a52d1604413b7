import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HealthTracking } from "../contract/steps.ts";
import type { ObservedAlarm } from "../ecs/alarms.ts";
import { describeFailure } from "../ecs/describe-failure.ts";
import { judgeHealth, type Findings, type HealthPolicy } from "./judge-health.ts";
import { after, since } from "../ecs/observation.fixture.ts";
import { failed, healthy, waiting, type Verdict } from "./verdict.ts";

const policy: HealthPolicy = { deadlineMinutes: 20, bakeSeconds: 0 };
const objection = { url: "https://shop.example/health", expected: "status 200", status: 503, body: "no database" };
const raised: ObservedAlarm = { name: "errors", state: "ALARM", reason: "Threshold Crossed" };

const of = (...verdicts: Verdict[]) => verdicts.map((verdict, index) => ({ service: `service-${index}`, verdict }));

function judge(
  { services = of(healthy(), healthy()), alarms = [], ...findings }: Partial<Findings>,
  { age = 120, tracking = {}, ...changes }: Partial<HealthPolicy> & { age?: number; tracking?: HealthTracking } = {},
) {
  const times = { since, now: after(age) };
  return judgeHealth({ services, alarms, ...findings }, { ...policy, ...changes }, tracking, times);
}

describe("services", () => {
  test("that are all healthy make the release healthy", () => {
    expect(judge({})).toEqual({ state: "healthy", proven: true });
  });
  test("of which one is unproven make the release unproven", () => {
    expect(judge({ services: of(healthy(), healthy(false)) })).toEqual({ state: "healthy", proven: false });
  });
  test("are waited for, and the waiting one is named", () => {
    expect(judge({ services: of(healthy(), waiting("1 of 2 tasks run")) }, { age: 0 })).toEqual({
      state: "waiting",
      retryAfterSeconds: 20,
      progress: "service-1: 1 of 2 tasks run",
      tracking: {},
    });
  });
  test("that failed fail the release, each with its evidence", () => {
    const services = of(waiting("…"), failed("a", "CONTAINER_EXITED", "x"), failed("b", "OUT_OF_MEMORY", "y"));
    expect(judge({ services })).toMatchObject({ state: "failed", evidence: [{ service: "a" }, { service: "b" }] });
  });
});

describe("an alarm", () => {
  test.each(["OK", "INSUFFICIENT_DATA"] as const)("in state %s is quiet", (state) => {
    expect(judge({ alarms: [{ name: "errors", state }] })).toMatchObject({ state: "healthy" });
  });
  test.each([
    ["while services are waiting", of(waiting("…"))],
    ["when they are healthy", of(healthy())],
  ])("that is raised fails the release %s", (_, services) => {
    expect(judge({ services, alarms: [raised] })).toEqual({
      state: "failed",
      evidence: [
        { code: "ALARM_RAISED", message: "an alarm is raised: errors (Threshold Crossed)", alarms: ["errors"] },
      ],
    });
  });
  test("is reported with the services that failed", () => {
    const services = of(failed("a", "CONTAINER_EXITED", "x"));
    expect(judge({ services, alarms: [raised] })).toMatchObject({
      evidence: [{ code: "CONTAINER_EXITED" }, { code: "ALARM_RAISED" }],
    });
  });
  test("that was deleted during the release is waited for until the deadline", () => {
    const alarms: ObservedAlarm[] = [{ name: "errors", state: "MISSING" }];
    expect(judge({ alarms })).toMatchObject({
      state: "waiting",
      progress: "alarm errors no longer exists",
    });
    expect(judge({ alarms }, { age: 1200 })).toMatchObject({
      state: "failed",
      evidence: [{ code: "DEADLINE_EXCEEDED" }],
    });
  });
});

describe("a wrong answer of the probe", () => {
  const wrong = (wrongAnswers: number, wrongSince = after(100)): HealthTracking => ({
    probe: { wrongSince: wrongSince.toISOString(), wrongAnswers },
  });
  test("does not fail the release at first, and resets the bake", () => {
    const tracking = { healthySince: after(60).toISOString() };
    expect(judge({ objection }, { bakeSeconds: 100, tracking })).toEqual({
      state: "waiting",
      retryAfterSeconds: 30,
      progress: "the probe got status 503 from https://shop.example/health, expected status 200",
      tracking: wrong(1, after(120)),
    });
  });
  test.each([
    ["the second, long after", wrong(1), 300, "waiting"],
    ["the third, too soon", wrong(2), 159, "waiting"],
    ["the third, a minute after the first", wrong(2), 160, "failed"],
    ["the fourth", wrong(3), 200, "failed"],
    ["the first, at the deadline", {}, 1200, "failed"],
  ])("%s", (_, tracking, age, state) => {
    expect(judge({ objection }, { tracking, age })).toMatchObject({ state });
  });
  test("no longer counts after a right one", () => {
    expect(judge({}, { tracking: wrong(2), bakeSeconds: 60, age: 200 })).toMatchObject({
      tracking: { healthySince: after(200).toISOString() },
    });
  });
  test("is recorded with URL, expected and actual answer", () => {
    expect(judge({ objection }, { tracking: wrong(2), age: 160 })).toEqual({
      state: "failed",
      evidence: [
        {
          code: "PROBE_FAILED",
          message:
            "the probe got status 503 from https://shop.example/health, expected status 200; 3 wrong answers since 2026-11-20T10:01:40.000Z",
          probe: objection,
        },
      ],
    });
  });
});

describe("the bake time", () => {
  const since60 = { healthySince: after(60).toISOString() };
  test("begins when everything is healthy", () => {
    expect(judge({}, { bakeSeconds: 300 })).toEqual({
      state: "waiting",
      retryAfterSeconds: 30,
      progress: "healthy for 0 of 300 seconds of bake time",
      tracking: { healthySince: after(120).toISOString(), nextPollBy: after(210).toISOString() },
    });
  });
  test("continues from poll to poll, with a poll when it ends", () => {
    expect(judge({}, { bakeSeconds: 85, age: 120, tracking: since60 })).toMatchObject({
      retryAfterSeconds: 25,
      progress: "healthy for 60 of 85 seconds of bake time",
      tracking: since60,
    });
  });
  test("ends in success", () => {
    expect(judge({}, { bakeSeconds: 60, tracking: since60 })).toEqual({ state: "healthy", proven: true });
  });
  test("begins again after an interruption", () => {
    const interrupted = judge({ services: of(waiting("…")) }, { bakeSeconds: 60, tracking: since60 });
    expect(interrupted).toMatchObject({ state: "waiting", tracking: {} });
  });
  describe("after missed polls", () => {
    const until = (age: number) => ({ ...since60, nextPollBy: after(age).toISOString() });
    test.each([
      ["continues, if only one poll was missed", 200, 200, 140],
      ["begins again, if more were missed", 199, 200, 0],
      ["continues after the deadline, when no new one can begin", 1900, 2000, 1940],
    ])("%s", (_, nextPollBy, age, seconds) => {
      expect(judge({}, { bakeSeconds: 3600, age, tracking: until(nextPollBy) })).toMatchObject({
        state: "waiting",
        progress: `healthy for ${seconds} of 3600 seconds of bake time`,
      });
    });
    test("does not end at the first poll", () => {
      expect(judge({}, { bakeSeconds: 60, age: 600, tracking: until(200) })).toMatchObject({ state: "waiting" });
    });
  });
  test("may end after the deadline", () => {
    expect(judge({}, { bakeSeconds: 3600, age: 2000, tracking: since60 })).toMatchObject({ state: "waiting" });
  });
});

const verdicts = fc.constantFrom(healthy(), healthy(false), waiting("…"), failed("a", "CONTAINER_EXITED", "x"));
const anyFindings = fc.record(
  {
    services: fc.array(verdicts, { maxLength: 4 }).map((all) => of(...all)),
    alarms: fc.array(
      fc.record({
        name: fc.string(),
        state: fc.constantFrom("OK", "ALARM", "INSUFFICIENT_DATA", "MISSING" as const),
      }),
      { maxLength: 3 },
    ),
    objection: fc.constant(objection),
  },
  { requiredKeys: ["services", "alarms"] },
);
const polls = fc.array(fc.record({ findings: anyFindings, seconds: fc.integer({ min: 1, max: 70 }) }), {
  maxLength: 12,
});

test("healthy is never given while a service is not, an alarm is raised, the probe's answer is wrong or the bake has not ended", () => {
  fc.assert(
    fc.property(polls, fc.nat(300), (all, bakeSeconds) => {
      let age = 0;
      let tracking: HealthTracking = {};
      let goodSince: number | undefined;
      for (const { findings, seconds } of all) {
        age += seconds;
        const good =
          findings.objection === undefined &&
          findings.services.every(({ verdict }) => verdict.state === "healthy") &&
          findings.alarms.every(({ state }) => state === "OK" || state === "INSUFFICIENT_DATA");
        goodSince = good ? (goodSince ?? age) : undefined;
        const verdict = judge(findings, { age, tracking, bakeSeconds });
        expect(verdict.state === "healthy").toBe(goodSince !== undefined && age - goodSince >= bakeSeconds);
        if (verdict.state !== "waiting") return;
        tracking = verdict.tracking;
      }
    }),
  );
});

test("a failure is reported with the container's last log lines, if there are any", () => {
  const evidence = [
    {
      service: "api",
      code: "CONTAINER_EXITED",
      message: "container api exited with code 1",
      logLines: ["a", "Error: no database", ""],
    },
    { code: "ALARM_RAISED", message: "an alarm is raised: errors" },
  ] as const;
  expect(describeFailure(evidence)).toEqual({
    state: "failed",
    code: "CONTAINER_EXITED",
    message: "api: container api exited with code 1: Error: no database; an alarm is raised: errors",
  });
});
