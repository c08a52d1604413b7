import { describe, expect, test } from "vitest";
import type { Finding } from "./scan-answer.ts";
import { boundFindings, describeRefusal, findingsOf } from "./scan-refusal.ts";

const subject = { image: "backend", repository: "acme/shop", fixableOnly: false };
const finding = (number: number, changes: Partial<Finding> = {}): Finding => ({
  id: `CVE-2026-${number}`,
  severity: "high",
  fixable: "unknown",
  package: "openssl",
  ...changes,
});
const excess = (findings: readonly Finding[], severity: Finding["severity"] = "high") => ({
  severity,
  maximum: 0,
  findings,
});

describe("a refusal", () => {
  test("names ten findings, the gravest first, and says how many more there are", () => {
    const many = Array.from({ length: 3000 }, (_, number) => finding(number));
    const worst = finding(9999, { severity: "critical" });
    const text = describeRefusal(subject, [excess(many), excess([worst], "critical")]);
    expect(text).toMatch(/1 critical where 0 may pass, 3000 high where 0 may pass\. CVE-2026-9999 \(critical\)/);
    expect(text).toContain("and 2991 more");
    expect(text).toContain("lockmaster waive CVE-2026-9999 --repository acme/shop --image backend");
    expect(text.length).toBeLessThan(2_000);
  });

  test("names a finding once that several images of an index bear", () => {
    expect(findingsOf([excess([finding(1)]), excess([finding(1), finding(2)])])).toHaveLength(2);
  });

  test("says of fixableOnly what the scan could not know", () => {
    const text = describeRefusal({ ...subject, fixableOnly: true }, [excess([finding(1)])]);
    expect(text).toContain("does not tell whether a newer version mends them");
  });

  test("cuts off what a scanner wrote at length", () => {
    const [cut] = findingsOf([excess([finding(1, { link: "x".repeat(5_000) })])]);
    expect(cut?.link).toHaveLength(201);
  });

  test("leaves room in the record for the findings of the release's other images", () => {
    const many = findingsOf([excess(Array.from({ length: 3000 }, (_, number) => finding(number)))]);
    const bytes = (images: number) => JSON.stringify(boundFindings(many, images)).length;
    expect(bytes(1)).toBeGreaterThan(90_000);
    expect(bytes(50)).toBeLessThan(2_200);
    expect(boundFindings(many, 50)).toEqual(many.slice(0, boundFindings(many, 50).length));
  });
});
