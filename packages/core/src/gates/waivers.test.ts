import { describe, expect, test } from "vitest";
import type { Waiver } from "../config/gates.ts";
import { describeWaivers } from "./scan-refusal.ts";
import { daysLeft, waiverOf, waiversInForce } from "./waivers.ts";
import type { StoredWaiver } from "../ledger/waiver-record.ts";

const base: Waiver = { id: "CVE-2026-1", owner: "platform", reason: "not reachable", until: "2026-12-31" };
const added: StoredWaiver = { ...base, addedBy: "arn:aws:iam::111122223333:user/ops", addedAt: "2026-11-20T10:00:00Z" };
const here = { image: "backend", environment: "staging" };

describe("a waiver", () => {
  test.each([
    ["2026-12-31T23:59:59.999Z", true],
    ["2027-01-01T00:00:00.000Z", false],
    ["2026-12-31T23:30:00-05:00", false],
    ["2026-01-01T00:00:00Z", true],
  ])("applies through its last day in UTC: at %s %s", (at, counts) => {
    const found = waiversInForce({ configured: [base], stored: [] }, here, new Date(at));
    expect(found).toEqual(counts ? [base] : []);
  });

  test.each<[string, Partial<StoredWaiver>, boolean]>([
    ["every image and environment", {}, true],
    ["this image", { images: ["backend", "frontend"] }, true],
    ["another image", { images: ["frontend"] }, false],
    ["no image", { images: [] }, false],
    ["this environment", { environments: ["staging"] }, true],
    ["another environment", { environments: ["production"] }, false],
    ["revoked", { revokedAt: "2026-11-21T10:00:00Z", revokedBy: "arn" }, false],
  ])("added at run time applies to %s: %j", (_, changes, counts) => {
    const stored = [{ ...added, ...changes }];
    const found = waiversInForce({ configured: [], stored }, here, new Date("2026-12-01T00:00:00Z"));
    expect(found).toEqual(counts ? stored : []);
  });

  test("is found by its exact id, and of several the one that expires last", () => {
    const waivers = [base, { ...base, until: "2027-06-30" }, { ...base, id: "CVE-2026-10" }];
    expect(waiverOf("CVE-2026-1", waivers)?.until).toBe("2027-06-30");
    expect(waiverOf("cve-2026-1", waivers)).toBeUndefined();
    expect(waiverOf("CVE-2026", waivers)).toBeUndefined();
  });
});

describe("the warning about a waiver", () => {
  test.each([
    ["2026-12-23T12:00:00Z", 8, "CVE-2026-1 is waived until 2026-12-31, owner platform"],
    ["2026-12-24T00:00:00Z", 7, "; it expires in 7 days, then the finding refuses the image"],
    ["2026-12-30T12:00:00Z", 1, "; it expires in 1 day, "],
    ["2026-12-31T12:00:00Z", 0, "; today is its last day, "],
  ])("at %s, %i days before its end", (at, days, text) => {
    expect(daysLeft(base, new Date(at))).toBe(days);
    const [warning = ""] = describeWaivers([base], new Date(at));
    expect(warning).toContain(text);
    expect(warning.includes("then the finding refuses the image")).toBe(days <= 7);
  });
});
