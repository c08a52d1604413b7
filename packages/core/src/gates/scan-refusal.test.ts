import { describe, expect, test } from "vitest";
import type { Finding } from "./scan-result.ts";
import { boundFindings, describeRefusal, findingsOf } from "./scan-refusal.ts";

const scanned = { image: "backend", repository: "acme/shop", fixableOnly: false };
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
  test("names the ten most severe findings and the number of others", () => {
    const many = Array.from({ length: 3000 }, (_, number) => finding(number));
    const worst = finding(9999, { severity: "critical" });
    const text = describeRefusal(scanned, [excess(many), excess([worst], "critical")]);
    expect(text).toMatch(/1 critical \(limit 0\), 3000 high \(limit 0\)\. CVE-2026-9999 \(critical\)/);
    expect(text).toContain("and 2991 more");
    expect(text).toContain("lockmaster waive CVE-2026-9999 --repository acme/shop --image backend");
    expect(text.length).toBeLessThan(2_000);
  });

  test("names a finding once if several images of an index have it", () => {
    expect(findingsOf([excess([finding(1)]), excess([finding(1), finding(2)])])).toHaveLength(2);
  });

  test("says that basic scans do not support fixableOnly", () => {
    const text = describeRefusal({ ...scanned, fixableOnly: true }, [excess([finding(1)])]);
    expect(text).toContain("does not report whether a newer version fixes them");
  });

  test("cuts long texts of a scanner", () => {
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
