import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildProjectName, checkProjectName, executionName } from "./names.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const anyName = fc.string({ unit: "binary", maxLength: 150 });

describe("executionName", () => {
  test("begins with repository and environment, for people", () => {
    expect(executionName("acme/shop", "staging", bytes("{}"))).toMatch(/^shop-staging-[0-9a-f]{32}$/);
  });

  test("is always one that Step Functions and CloudWatch accept", () => {
    fc.assert(
      fc.property(anyName, anyName, fc.uint8Array(), (repository, environment, body) => {
        expect(executionName(repository, environment, body)).toMatch(/^[0-9A-Za-z_-]{1,80}$/);
      }),
    );
  });

  test("is the same for the same delivery, and different for every other", () => {
    const name = executionName("acme/shop", "staging", bytes('{"a":1}'));
    expect(executionName("acme/shop", "staging", bytes('{"a":1}'))).toBe(name);

    const others = [
      executionName("acme/shop", "staging", bytes('{"a":2}')),
      executionName("acme/shop", "production", bytes('{"a":1}')),
      executionName("acne/shop", "staging", bytes('{"a":1}')),
      executionName("acme/shop", "staging-", bytes('{"a":1}')),
    ];
    expect(new Set([name, ...others]).size).toBe(5);
  });

  test("keeps the environment after a repository with a long name", () => {
    const name = executionName(`acme/${"x".repeat(100)}`, "production", bytes(""));
    expect(name).toMatch(/^x+-production-[0-9a-f]{32}$/);
    expect(name).toHaveLength(80);
  });
});

describe("buildProjectName", () => {
  test("begins with the prefix and the repository", () => {
    expect(buildProjectName("lockmaster-", "acme/shop")).toMatch(/^lockmaster-acme-shop-[0-9a-f]{8}$/);
  });

  test("is always one that CodeBuild accepts, and never that of a repository's checks", () => {
    fc.assert(
      fc.property(anyName, (repository) => {
        expect(buildProjectName("lockmaster-", repository)).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]{1,149}$/);
        expect(buildProjectName("lockmaster-", `check-${repository}`)).not.toBe(
          checkProjectName("lockmaster-", repository),
        );
      }),
    );
  });

  test("differs between similar repositories", () => {
    const similar = ["a-b/c", "a/b-c", "a/b.c", "A/b-c"];
    expect(new Set(similar.map((repository) => buildProjectName("lockmaster-", repository))).size).toBe(similar.length);
  });
});
