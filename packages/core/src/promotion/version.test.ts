import { describe, expect, test } from "vitest";
import { checkVersion, findVersion, imageTagOf } from "./version.ts";

const [one, other] = ["1".repeat(40), "2".repeat(40)];

/** The code of the refusal of `tag` where `running` runs, by default of another commit. */
function refusal(tag: string, running: string, sha = other): string | undefined {
  try {
    checkVersion({ ref: `refs/tags/${tag}`, sha }, { ref: running, sha: one }, "production");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split(":")[0] : String(error);
  }
}

describe("the version that counts", () => {
  const retired = { by: "arn:aws:iam::1:user/ops", at: "2026-11-21T12:00:00Z", reason: "a typo" };

  test.each([
    ["the newest that was proven", [{ status: "succeeded" }, { status: "succeeded" }], 0],
    ["not one in which no task ran", [{ status: "unproven" }, { status: "succeeded" }], 1],
    ["not one that was rolled back", [{ status: "rolled-back" }, { status: "succeeded" }], 1],
    ["not one that an operator has retired", [{ status: "succeeded", retired }, { status: "succeeded" }], 1],
    ["none, if there is no other", [{ status: "succeeded", retired }, { status: "unproven" }], undefined],
  ] as const)("is %s", (_, releases, index) => {
    expect(findVersion<(typeof releases)[number]>(releases)).toBe(index === undefined ? undefined : releases[index]);
  });
});

describe("a version", () => {
  test.each([
    ["v1.0.1", "v1.0.0", undefined],
    ["v1.0.0", "v1.0.1", "VERSION_OLDER"],
    ["v1.10.0", "v1.9.0", undefined],
    ["v1.9.0", "v1.10.0", "VERSION_OLDER"],
    ["v1.0.0", "v1.0.0-rc.9", undefined],
    ["v1.0.0-rc.9", "v1.0.0", "VERSION_OLDER"],
    ["v1.0.0-rc.10", "v1.0.0-rc.9", undefined],
    ["v1.0.0-rc", "v1.0.0-rc.1", "VERSION_OLDER"],
    ["v1.0.0+2", "v1.0.0+1", "VERSION_OLDER"],
    ["v1.0.0", "v1.0.0", "VERSION_TAG_TAKEN"],
    ["shop/v1.0.0", "shop/v2.0.0", "VERSION_OLDER"],
    ["shop2-1.0.0-a", "shop2-1.0.0-b", "VERSION_OLDER"],
  ])("%s from another commit than %s: %s", (tag, running, code) => {
    expect(refusal(tag, `refs/tags/${running}`)).toBe(code);
  });

  test.each([
    ["web-v1.0.0", "refs/tags/api-v2.0.0", "versions of another series"],
    ["nightly", "refs/tags/v1.0.0", "no version at all"],
    ["v1.0", "refs/tags/v2.0", "too short for a semantic version"],
    ["v1.0.0.1", "refs/tags/v2.0.0.0", "too long for a semantic version"],
    ["v2025.01.02", "refs/tags/v2026.01.02", "dates with leading zeros"],
    ["v1.0.0", "refs/heads/v2.0.0", "a branch, when the environment followed one before"],
  ])("%s is not compared with %s: %s", (tag, running) => {
    expect(refusal(tag, running)).toBeUndefined();
  });

  test("of the running commit is allowed again, with any name", () => {
    for (const tag of ["v1.0.0", "v0.9.0"]) expect(refusal(tag, "refs/tags/v1.0.0", one)).toBeUndefined();
  });

  test("is the first one", () => {
    expect(checkVersion({ ref: "refs/tags/v0.0.1", sha: one }, undefined, "production")).toBeUndefined();
  });
});

test.each([
  ["v1.0.0", "v1.0.0"],
  ["v1.0.0+build.5", "v1.0.0_build.5"],
  ["shop/v1.0.0-rc.1", "shop_v1.0.0-rc.1"],
  ["@größe", "_gr__e"],
  ["v".repeat(200), "v".repeat(128)],
])("images of %s are tagged %s, which a registry accepts", (tag, expected) => {
  expect(imageTagOf(`refs/tags/${tag}`)).toBe(expected);
});
