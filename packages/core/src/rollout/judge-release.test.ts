import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failureOf, judgeRelease, retryAfterSeconds } from "./judge-release.ts";
import { failed, healthy, waiting, type Verdict } from "./verdict.ts";

const judge = (verdicts: Verdict[], age = 0, deadline = 1200) =>
  judgeRelease(
    verdicts.map((verdict, index) => ({ rollout: { service: `service-${index}` }, verdict })),
    age,
    deadline,
  );

describe("a release", () => {
  it("is healthy when all its services are", () => {
    expect(judge([healthy(), healthy()])).toEqual({ state: "healthy", proven: true });
  });
  it("is unproven when one service is", () => {
    expect(judge([healthy(), healthy(false)])).toEqual({ state: "healthy", proven: false });
  });
  it("waits for the slowest and says for whom", () => {
    expect(judge([healthy(), waiting("1 of 2 tasks run")])).toEqual({
      state: "waiting",
      retryAfterSeconds: 20,
      progress: "service-1: 1 of 2 tasks run",
    });
  });
  it("fails with the evidence of every service that failed", () => {
    const verdict = judge([waiting("…"), failed("a", "CONTAINER_EXITED", "x"), failed("b", "OUT_OF_MEMORY", "y")]);
    expect(verdict).toMatchObject({ state: "failed", evidence: [{ service: "a" }, { service: "b" }] });
  });
});

describe("the next look", () => {
  it.each([
    [0, 20],
    [5, 15],
    [20, 10],
    [40, 10],
    [100, 25],
    [180, 45],
    [3599, 45],
    [3600, 320],
    [86_400, 320],
  ])("at an age of %i seconds is %i seconds away", (age, seconds) => {
    expect(retryAfterSeconds(age, 259_200)).toBe(seconds);
  });
  it("stays below two minutes, late as well, when the deadline is within a day", () => {
    fc.assert(
      fc.property(fc.nat(86_400), fc.integer({ min: 60, max: 86_400 }), (age, deadline) => {
        expect(retryAfterSeconds(age, deadline)).toBeLessThan(120);
      }),
    );
  });
  it("is never past the deadline, nor now", () => {
    fc.assert(
      fc.property(fc.nat(300_000), fc.integer({ min: 60, max: 259_200 }), (age, deadline) => {
        const seconds = retryAfterSeconds(age, deadline);
        expect(seconds).toBeGreaterThanOrEqual(1);
        expect(seconds).toBeLessThanOrEqual(Math.max(1, deadline - age));
      }),
    );
  });
  it("comes at most 900 times within any deadline, so that both directions fit into an execution's history", () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 4320 * 60 }), (deadline) => {
        let looks = 0;
        for (let age = 0; age < deadline; age += retryAfterSeconds(age, deadline)) looks += 1;
        expect(looks).toBeLessThanOrEqual(900);
      }),
      { examples: [[4320 * 60]] },
    );
  });
});

it("reports each service with the container's last words", () => {
  const evidence = [
    {
      service: "api",
      code: "CONTAINER_EXITED",
      message: "container api exited with code 1",
      logLines: ["a", "Error: no database", ""],
    },
    { service: "web", code: "DEADLINE_EXCEEDED", message: "too late" },
  ] as const;
  expect(failureOf(evidence)).toEqual({
    state: "failed",
    code: "CONTAINER_EXITED",
    message: "api: container api exited with code 1: Error: no database; web: too late",
  });
});
