import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { Installation } from "./installation.ts";

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, ""]));
const problemOf = (tags: Record<string, string>) => v.safeParse(Installation, { tags }).issues?.[0].message;

describe("tags, which S3 and IAM have to take as well", () => {
  test("are as many as an object in S3 has, beside SST's", () => {
    expect(problemOf(many(8))).toBeUndefined();
    expect(problemOf(many(9))).toContain("at most 8");
  });

  test.each([
    ["a sign that IAM has not", { team: "shop & co" }, "other signs"],
    ["AWS's own", { "aws:owner": "shop" }, "not yours"],
    ["SST's own", { "sst:stage": "production" }, "not yours"],
  ])("are refused with %s", (_, tags, says) => {
    expect(problemOf(tags)).toContain(says);
  });

  test("take letters of every language, and spaces", () => {
    expect(problemOf({ "cost-center": "Küche 12/b", team: "platform@shop" })).toBeUndefined();
  });
});
