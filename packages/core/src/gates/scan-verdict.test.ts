import * as fc from "fast-check";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { ScanGate, severities, type Waiver } from "../config/gates.ts";
import type { Finding, ScanResult } from "./scan-result.ts";
import type { SeenScan } from "../ledger/judgement.ts";
import { rememberScan } from "./scan-memory.ts";
import { judgeScan, type ScanPolicy } from "./scan-verdict.ts";
import { waiversInForce } from "./waivers.ts";

const now = new Date("2026-11-20T10:00:00Z");
const agoSeconds = (seconds: number) => new Date(now.getTime() - seconds * 1000);

function policy(gate: v.InferInput<typeof ScanGate> = {}, changes: Partial<ScanPolicy> = {}): ScanPolicy {
  return { gate: v.parse(ScanGate, gate), waivers: [], since: now, now, ...changes };
}

function finding(id: string, changes: Partial<Finding> = {}): Finding {
  return { id, severity: "critical", fixable: "unknown", ...changes };
}

type Answered = Extract<ScanResult, { found: true }>;

function answer(findings: readonly Finding[], changes: Partial<Answered> = {}): Answered {
  const completedAt = now.toISOString();
  return { found: true, status: "COMPLETE", completedAt, isComplete: true, counts: {}, findings, ...changes };
}

/** An answer that may lack findings. */
const partial = (findings: readonly Finding[], changes: Partial<Answered> = {}) =>
  answer(findings, { status: "ACTIVE", isComplete: false, ...changes });

const waiver = (id: string, changes: Partial<Waiver> = {}): Waiver => ({
  id,
  owner: "platform",
  reason: "not reachable",
  until: "2026-12-31",
  ...changes,
});

describe("every status", () => {
  test.each([
    ["COMPLETE", "passed"],
    ["ACTIVE", "passed"],
    ["IN_PROGRESS", "waiting"],
    ["PENDING", "waiting"],
    ["UNSUPPORTED_IMAGE", "SCAN_UNSUPPORTED"],
    ["FAILED", "SCAN_FAILED"],
    ["FINDINGS_UNAVAILABLE", "SCAN_FAILED"],
    ["LIMIT_EXCEEDED", "SCAN_FAILED"],
    ["SCAN_ELIGIBILITY_EXPIRED", "SCAN_FAILED"],
    ["IMAGE_ARCHIVED", "SCAN_FAILED"],
    ["SOMETHING_NEW", "SCAN_FAILED"],
  ])("%s is %s", (status, expected) => {
    const verdict = judgeScan(answer([], { status }), policy());
    expect(verdict.state === "no-result" ? verdict.code : verdict.state).toBe(expected);
  });

  test("without a result has its own remedy", () => {
    const statuses = ["FAILED", "FINDINGS_UNAVAILABLE", "LIMIT_EXCEEDED", "SCAN_ELIGIBILITY_EXPIRED", "IMAGE_ARCHIVED"];
    const remedies = statuses.map((status) => {
      const verdict = judgeScan(answer([], { status }), policy());
      return verdict.state === "no-result" ? verdict.remedy : undefined;
    });
    expect(new Set(remedies).size).toBe(statuses.length);
    expect(remedies).not.toContain(undefined);
  });

  test("does not depend on the type of the scan: COMPLETE and ACTIVE are judged alike", () => {
    for (const status of ["COMPLETE", "ACTIVE"]) {
      expect(judgeScan(answer([finding("CVE-1", { fixable: "yes" })], { status }), policy())).toMatchObject({
        state: "refused",
      });
    }
  });

  test("FAILED is unsupported if ECR could not read the image", () => {
    const scratch = answer([], {
      status: "FAILED",
      description: "UnsupportedImageError: The operating system is not supported.",
    });
    expect(judgeScan(scratch, policy())).toMatchObject({ state: "no-result", code: "SCAN_UNSUPPORTED" });
    expect(judgeScan(scratch, policy({ unsupported: "allow" }))).toMatchObject({ state: "passed", readable: false });
  });
});

describe("a scan without a result", () => {
  test.each([
    ["a scan that has not started", { found: false } as const],
    ["COMPLETE without findings", partial([], { status: "COMPLETE" })],
    ["ACTIVE without findings", partial([])],
    ["more counted than listed", answer([], { counts: { critical: 2 } })],
    ["ACTIVE with findings that may pass", partial([finding("CVE-1", { severity: "low" })])],
  ])("waits, and is refused at the deadline: %s", (_, unanswered) => {
    expect(judgeScan(unanswered, policy({}, { since: agoSeconds(899) }))).toMatchObject({
      state: "waiting",
      retryAfterSeconds: 1,
    });
    expect(judgeScan(unanswered, policy({}, { since: agoSeconds(900) }))).toMatchObject({
      state: "no-result",
      code: "SCAN_DEADLINE_EXCEEDED",
    });
  });

  test("does not wait if no limit depends on it", () => {
    expect(judgeScan(answer([], { counts: { low: 7 } }), policy())).toMatchObject({
      state: "passed",
      counts: { low: 7 },
    });
  });

  test("is polled less and less often: at most 24 times within the longest deadline", () => {
    const gate = { deadlineMinutes: 240 };
    let waited = 0;
    let polls = 0;
    for (;;) {
      const verdict = judgeScan({ found: false }, policy(gate, { since: agoSeconds(waited) }));
      polls += 1;
      if (verdict.state !== "waiting") break;
      waited += verdict.retryAfterSeconds;
    }
    expect(waited).toBe(240 * 60);
    expect(polls).toBeLessThanOrEqual(24);
  });
});

describe("an answer that may lack findings", () => {
  const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);
  /** The verdict of each poll, given at these seconds. */
  function poll(answers: readonly (readonly [second: number, scan: ScanResult])[], deadlineMinutes = 15) {
    let seen: SeenScan | undefined;
    return answers.map(([second, scan]) => {
      seen = rememberScan(scan, seen, at(second));
      const judged = policy({ maximum: { critical: 0 }, deadlineMinutes }, { now: at(second) });
      const verdict = judgeScan(scan, judged, seen);
      return verdict.state === "waiting" ? verdict.retryAfterSeconds : verdict.state;
    });
  }
  const low = finding("CVE-1", { severity: "low" });
  const critical = finding("CVE-2");

  test.each([
    ["without findings", partial([])],
    ["with findings", partial([low, finding("CVE-3", { severity: "high" })])],
  ])("counts once it is the same over two polls at least 30 seconds apart: %s", (_, scan) => {
    expect(
      poll([
        [0, scan],
        [29, scan],
        [30, scan],
      ]),
    ).toEqual([30, 1, "passed"]);
  });

  test.each([
    ["without findings", { found: true, status: "COMPLETE", isComplete: false, counts: {}, findings: [] } as const],
    ["with findings", { found: true, status: "ACTIVE", isComplete: false, counts: {}, findings: [low] } as const],
  ])("takes a minute without a completion time: %s", (_, scan) => {
    expect(
      poll([
        [0, scan],
        [59, scan],
        [60, scan],
      ]),
    ).toEqual([60, 1, "passed"]);
  });

  test("does not depend on the order of the findings", () => {
    const others = [low, finding("CVE-3", { severity: "high" })];
    expect(
      poll([
        [0, partial(others)],
        [30, partial(others.toReversed())],
      ]),
    ).toEqual([30, "passed"]);
  });

  test("is waited for again after each change, for longer each time", () => {
    const answers = [partial([]), partial([low]), partial([low, critical])] as const;
    expect(
      poll([
        [0, answers[0]],
        [30, answers[1]],
        [90, answers[2]],
        [210, answers[2]],
      ]),
    ).toEqual([30, 60, 120, "refused"]);
  });

  test("is waited for again when the scan was in progress between", () => {
    const running: ScanResult = partial([], { status: "PENDING" });
    expect(
      poll([
        [0, partial([])],
        [30, running],
        [50, partial([])],
        [110, partial([])],
      ]),
    ).toEqual([30, 15, 60, "passed"]);
  });

  test("counts against the image at the deadline, but not for it", () => {
    expect(
      poll(
        [
          [50, partial([critical])],
          [60, partial([critical])],
        ],
        1,
      ),
    ).toEqual([10, "refused"]);
    expect(
      poll(
        [
          [50, partial([low])],
          [60, partial([low])],
        ],
        1,
      ),
    ).toEqual([10, "no-result"]);
  });

  test("passes only if no later instalment would refuse the image within 30 seconds", () => {
    const anyInstalment = fc.record({
      after: fc.integer({ min: 1, max: 29 }),
      finding: fc.constantFrom(low, critical),
    });
    fc.assert(
      fc.property(fc.array(anyInstalment, { minLength: 1, maxLength: 6 }), (instalments) => {
        let second = 0;
        const arriving = instalments.map(({ after, finding }) => ({ second: (second += after), finding }));
        const listedAt = (time: number) => arriving.filter((one) => one.second <= time).map((one) => one.finding);
        let seen: SeenScan | undefined;
        for (let time = 0; ;) {
          const scan = partial(listedAt(time));
          seen = rememberScan(scan, seen, at(time));
          const verdict = judgeScan(scan, policy({}, { now: at(time) }), seen);
          if (verdict.state === "waiting") {
            time += verdict.retryAfterSeconds;
            continue;
          }
          expect(verdict.state).toBe(arriving.some((one) => one.finding === critical) ? "refused" : "passed");
          return;
        }
      }),
    );
  });
});

describe("thresholds", () => {
  test.each([
    ["no critical finding passes by default", {}, [finding("CVE-1")], "refused"],
    ["other severities pass by default", {}, [finding("CVE-1", { severity: "high" })], "passed"],
    ["as many as the limit", { maximum: { high: 1 } }, [finding("CVE-1", { severity: "high" })], "passed"],
    [
      "one more than the limit",
      { maximum: { high: 1 } },
      [finding("CVE-1", { severity: "high" }), finding("CVE-2", { severity: "high" })],
      "refused",
    ],
    ["undefined severity", { maximum: { undefined: 0 } }, [finding("CVE-1", { severity: "undefined" })], "refused"],
    ["fixable only: a fix exists", { fixableOnly: true }, [finding("CVE-1", { fixable: "yes" })], "refused"],
    ["fixable only: no fix exists", { fixableOnly: true }, [finding("CVE-1", { fixable: "no" })], "passed"],
    ["fixable only: unknown", { fixableOnly: true }, [finding("CVE-1", { fixable: "unknown" })], "refused"],
  ] as const)("%s", (_, gate, findings, expected) => {
    expect(judgeScan(answer(findings), policy(gate)).state).toBe(expected);
  });

  test("name exactly the findings of the exceeded severity", () => {
    const high = [1, 2, 3].map((number) => finding(`CVE-${number}`, { severity: "high" }));
    const verdict = judgeScan(
      answer([...high, finding("CVE-9", { severity: "low" })]),
      policy({ maximum: { high: 2 } }),
    );
    expect(verdict).toMatchObject({ state: "refused", counts: { high: 3, low: 1 } });
    expect(verdict.state === "refused" && verdict.excesses).toEqual([{ severity: "high", maximum: 2, findings: high }]);
  });
});

describe("waivers", () => {
  test("let a finding pass, and the verdict names them", () => {
    const waivers = [waiver("CVE-1"), waiver("CVE-9")];
    expect(judgeScan(answer([finding("CVE-1")]), policy({}, { waivers }))).toMatchObject({
      waivers: [{ id: "CVE-1" }],
    });
  });

  test("are not named if the finding would pass anyway", () => {
    const verdict = judgeScan(
      answer([finding("CVE-1")]),
      policy({ maximum: { critical: 1 } }, { waivers: [waiver("CVE-1")] }),
    );
    expect(verdict).toMatchObject({ state: "passed", waivers: [] });
  });
});

const anyId = fc.integer({ min: 1, max: 6 }).map((number) => `CVE-2026-${number}`);
const anyFinding: fc.Arbitrary<Finding> = fc.record({
  id: anyId,
  severity: fc.constantFrom(...severities),
  fixable: fc.constantFrom("yes", "no", "unknown"),
});
const anyDay = fc.integer({ min: -3, max: 3 }).map((days) =>
  agoSeconds(days * 86_400)
    .toISOString()
    .slice(0, 10),
);
const anyWaiver = fc.record({ id: anyId, until: anyDay }).map(({ id, until }) => waiver(id, { until }));
const anyGate = fc.record(
  {
    maximum: fc.record(Object.fromEntries(severities.map((severity) => [severity, fc.nat(2)])), { requiredKeys: [] }),
    fixableOnly: fc.boolean(),
  },
  { requiredKeys: [] },
);
const anyAnswer = fc
  .record({ findings: fc.array(anyFinding, { maxLength: 8 }), status: fc.constantFrom("COMPLETE", "ACTIVE") })
  .map(({ findings, status }) => answer(findings, { status }));

const inForce = (waivers: readonly Waiver[]) =>
  waiversInForce({ configured: waivers, stored: [] }, { image: "backend", environment: "staging" }, now);

describe("laws", () => {
  test("an additional finding never turns a refusal into a pass", () => {
    fc.assert(
      fc.property(anyAnswer, anyFinding, anyGate, fc.array(anyWaiver), (before, more, gate, waivers) => {
        const judged = policy(gate, { waivers: inForce(waivers) });
        const after = { ...before, findings: [...before.findings, more] };
        fc.pre(judgeScan(before, judged).state === "refused");
        expect(judgeScan(after, judged).state).toBe("refused");
      }),
    );
  });

  test("a waiver never lets another id pass", () => {
    fc.assert(
      fc.property(anyAnswer, anyGate, fc.array(anyWaiver), anyWaiver, (found, gate, waivers, more) => {
        const others = { ...found, findings: found.findings.filter(({ id }) => id !== more.id) };
        const without = judgeScan(others, policy(gate, { waivers: inForce(waivers) }));
        const beside = judgeScan(others, policy(gate, { waivers: inForce([...waivers, more]) }));
        expect(beside).toEqual(without);
      }),
    );
  });

  test("an expired waiver lets nothing pass", () => {
    fc.assert(
      fc.property(anyAnswer, anyGate, fc.array(anyWaiver), (found, gate, waivers) => {
        const expired = waivers.map((each) => ({ ...each, until: "2026-11-19" }));
        expect(judgeScan(found, policy(gate, { waivers: inForce(expired) }))).toEqual(judgeScan(found, policy(gate)));
      }),
    );
  });
});
