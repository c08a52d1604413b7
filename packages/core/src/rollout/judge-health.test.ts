import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HealthSoFar } from "../contract/steps.ts";
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
  { age = 120, soFar = {}, ...changes }: Partial<HealthPolicy> & { age?: number; soFar?: HealthSoFar } = {},
) {
  const times = { since, now: after(age) };
  return judgeHealth({ services, alarms, ...findings }, { ...policy, ...changes }, soFar, times);
}

describe("services", () => {
  test("make a release healthy when all of them are", () => {
    expect(judge({})).toEqual({ state: "healthy", proven: true });
  });
  test("leave it unproven when one of them is", () => {
    expect(judge({ services: of(healthy(), healthy(false)) })).toEqual({ state: "healthy", proven: false });
  });
  test("are waited for, and the slowest is named", () => {
    expect(judge({ services: of(healthy(), waiting("1 of 2 tasks run")) }, { age: 0 })).toEqual({
      state: "waiting",
      retryAfterSeconds: 20,
      progress: "service-1: 1 of 2 tasks run",
      soFar: {},
    });
  });
  test("that failed fail it, each with its evidence", () => {
    const services = of(waiting("…"), failed("a", "CONTAINER_EXITED", "x"), failed("b", "OUT_OF_MEMORY", "y"));
    expect(judge({ services })).toMatchObject({ state: "failed", evidence: [{ service: "a" }, { service: "b" }] });
  });
});

describe("an alarm", () => {
  test.each(["OK", "INSUFFICIENT_DATA"] as const)("that says %s is quiet", (state) => {
    expect(judge({ alarms: [{ name: "errors", state }] })).toMatchObject({ state: "healthy" });
  });
  test.each([
    ["while services are on their way", of(waiting("…"))],
    ["when they are healthy", of(healthy())],
  ])("that is raised fails the release %s", (_, services) => {
    expect(judge({ services, alarms: [raised] })).toEqual({
      state: "failed",
      evidence: [
        { code: "ALARM_RAISED", message: "an alarm is raised: errors (Threshold Crossed)", alarms: ["errors"] },
      ],
    });
  });
  test("stands beside the services that failed", () => {
    const services = of(failed("a", "CONTAINER_EXITED", "x"));
    expect(judge({ services, alarms: [raised] })).toMatchObject({
      evidence: [{ code: "CONTAINER_EXITED" }, { code: "ALARM_RAISED" }],
    });
  });
  test("that was deleted meanwhile is waited for until the deadline", () => {
    const alarms: ObservedAlarm[] = [{ name: "errors", state: "MISSING" }];
    expect(judge({ alarms })).toMatchObject({
      state: "waiting",
      progress: "alarm errors does not exist any more",
    });
    expect(judge({ alarms }, { age: 1200 })).toMatchObject({
      state: "failed",
      evidence: [{ code: "DEADLINE_EXCEEDED" }],
    });
  });
});

describe("a wrong answer of the probe", () => {
  const wrong = (wrongAnswers: number, wrongSince = after(100)): HealthSoFar => ({
    probe: { wrongSince: wrongSince.toISOString(), wrongAnswers },
  });
  test("is waited out at first, and breaks the bake", () => {
    const soFar = { healthySince: after(60).toISOString() };
    expect(judge({ objection }, { bakeSeconds: 100, soFar })).toEqual({
      state: "waiting",
      retryAfterSeconds: 30,
      progress: "the probe was answered 503 from https://shop.example/health, not status 200",
      soFar: wrong(1, after(120)),
    });
  });
  test.each([
    ["the second, long after", wrong(1), 300, "waiting"],
    ["the third, too soon", wrong(2), 159, "waiting"],
    ["the third, a minute after the first", wrong(2), 160, "failed"],
    ["the fourth", wrong(3), 200, "failed"],
    ["the first, at the deadline", {}, 1200, "failed"],
  ])("%s", (_, soFar, age, state) => {
    expect(judge({ objection }, { soFar, age })).toMatchObject({ state });
  });
  test("is forgotten after a right one", () => {
    expect(judge({}, { soFar: wrong(2), bakeSeconds: 60, age: 200 })).toMatchObject({
      soFar: { healthySince: after(200).toISOString() },
    });
  });
  test("leaves what was asked, expected and answered", () => {
    expect(judge({ objection }, { soFar: wrong(2), age: 160 })).toEqual({
      state: "failed",
      evidence: [
        {
          code: "PROBE_FAILED",
          message:
            "the probe was answered 503 from https://shop.example/health, not status 200; wrong 3 times since 2026-11-20T10:01:40.000Z",
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
      progress: "everything is healthy, for 0 of 300 seconds",
      soFar: { healthySince: after(120).toISOString(), nextPollBy: after(210).toISOString() },
    });
  });
  test("goes on from look to look, with a look when it is over", () => {
    expect(judge({}, { bakeSeconds: 85, age: 120, soFar: since60 })).toMatchObject({
      retryAfterSeconds: 25,
      progress: "everything is healthy, for 60 of 85 seconds",
      soFar: since60,
    });
  });
  test("ends in success", () => {
    expect(judge({}, { bakeSeconds: 60, soFar: since60 })).toEqual({ state: "healthy", proven: true });
  });
  test("begins anew after a break", () => {
    const broken = judge({ services: of(waiting("…")) }, { bakeSeconds: 60, soFar: since60 });
    expect(broken).toMatchObject({ state: "waiting", soFar: {} });
  });
  describe("when nobody could look", () => {
    const until = (age: number) => ({ ...since60, nextPollBy: after(age).toISOString() });
    test.each([
      ["goes on, if only one look did not come about", 200, 200, 140],
      ["begins anew, if it was for longer", 199, 200, 0],
      ["goes on after the deadline, when no other one can begin", 1900, 2000, 1940],
    ])("%s", (_, nextPollBy, age, seconds) => {
      expect(judge({}, { bakeSeconds: 3600, age, soFar: until(nextPollBy) })).toMatchObject({
        state: "waiting",
        progress: `everything is healthy, for ${seconds} of 3600 seconds`,
      });
    });
    test("is not over at the first look after that", () => {
      expect(judge({}, { bakeSeconds: 60, age: 600, soFar: until(200) })).toMatchObject({ state: "waiting" });
    });
  });
  test("may end after the deadline", () => {
    expect(judge({}, { bakeSeconds: 3600, age: 2000, soFar: since60 })).toMatchObject({ state: "waiting" });
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

test("healthy is never given while a service is not, an alarm is raised, the probe objects or the bake is not over", () => {
  fc.assert(
    fc.property(polls, fc.nat(300), (all, bakeSeconds) => {
      let age = 0;
      let soFar: HealthSoFar = {};
      let goodSince: number | undefined;
      for (const { findings, seconds } of all) {
        age += seconds;
        const good =
          findings.objection === undefined &&
          findings.services.every(({ verdict }) => verdict.state === "healthy") &&
          findings.alarms.every(({ state }) => state === "OK" || state === "INSUFFICIENT_DATA");
        goodSince = good ? (goodSince ?? age) : undefined;
        const verdict = judge(findings, { age, soFar, bakeSeconds });
        expect(verdict.state === "healthy").toBe(goodSince !== undefined && age - goodSince >= bakeSeconds);
        if (verdict.state !== "waiting") return;
        soFar = verdict.soFar;
      }
    }),
  );
});

test("a failure is reported with the container's last words, and with none where no container spoke", () => {
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
