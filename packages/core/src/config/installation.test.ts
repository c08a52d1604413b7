import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { Installation } from "./installation.ts";

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, ""]));
const problemOf = (tags: Record<string, string>) => v.safeParse(Installation, { tags }).issues?.[0].message;

describe("tags, which S3 and IAM must accept as well", () => {
  test("are at most as many as an object in S3 has, without those of SST", () => {
    expect(problemOf(many(8))).toBeUndefined();
    expect(problemOf(many(9))).toContain("at most 8");
  });

  test.each([
    ["a character that IAM does not permit", { team: "shop & co" }, "character"],
    ["the prefix of AWS", { "aws:owner": "shop" }, "reserve"],
    ["the prefix of SST", { "sst:stage": "production" }, "reserve"],
  ])("are refused with %s", (_, tags, message) => {
    expect(problemOf(tags)).toContain(message);
  });

  test("may have letters of every language, and spaces", () => {
    expect(problemOf({ "cost-center": "Küche 12/b", team: "platform@shop" })).toBeUndefined();
  });
});
