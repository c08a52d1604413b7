import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pathMatcher } from "./globs.ts";

test.each([
  ["frontend/**", "frontend/src/app.ts", true],
  ["frontend/**", "frontend/.dockerignore", true],
  ["frontend/**", "frontend/.github/deep/x", true],
  ["frontend/**", "frontend", true],
  ["frontend/**", "frontend2/src/app.ts", false],
  ["frontend/**", "Frontend/src/app.ts", false],
  ["frontend/**", "apps/frontend/app.ts", false],
  ["frontend", "frontend/src/app.ts", true],
  ["frontend/", "frontend/src/app.ts", true],
  ["./frontend/**", "frontend/src/app.ts", true],
  [".", "frontend/src/app.ts", true],
  ["./", ".env", true],
  ["**", ".env", true],
  ["**", "a/b/c", true],
  ["*", "a/b", true],
  ["*.lock", "yarn.lock", true],
  ["*.lock", "a/yarn.lock", false],
  ["**/*.go", "main.go", true],
  ["**/*.go", "cmd/.hidden/main.go", true],
  ["a/**/b", "a/b", true],
  ["a/**/b", "a/x/y/b/c", true],
  ["a/**/b", "a/xb", false],
  ["**/**/b", "b", true],
  ["a//./b", "a/b", true],
  ["a*c**e", "abcde/f", true],
  ["a*c**e", "a/c/e", false],
  ["{go.mod,go.sum}", "go.sum", false],
  ["{a}", "{a}", true],
  ["src/[a-c].ts", "src/b.ts", false],
  ["src/b?.ts", "src/bc.ts", false],
  ["x.ts", "xats", false],
  ["app/blog/[slug]/**", "app/blog/[slug]/page.tsx", true],
  ["app/blog/[...slug]", "app/blog/[...slug]/page.tsx", true],
  ["app/(shop)/@modal/[[...all]]/*.tsx", "app/(shop)/@modal/[[...all]]/page.tsx", true],
  ["app/$id+(x)^|/**", "app/$id+(x)^|/page.tsx", true],
  ["übung/**", "übung/größe.ts", true],
  ["frontend/**", "frontend/app/[id]/page (copy).tsx", true],
  ["frontend/**", "frontend/line\nbreak", true],
  ["!frontend/**", "backend/main.ts", false],
  ["!frontend/**", "!frontend/main.ts", false],
  ["./!important/**", "!important/file", true],
])("%s against %s: %s", (pattern, path, matches) => {
  expect(pathMatcher([pattern])(path)).toBe(matches);
});

test("any of several patterns is enough", () => {
  const matches = pathMatcher(["backend/**", "shared/*.json"]);
  expect(["backend/a.ts", "shared/b.json", "shared/c/d.json", "e"].map(matches)).toEqual([true, true, false, false]);
});

describe("a pattern that begins with !", () => {
  test.each([
    [["frontend/**", "!frontend/docs/**"], "frontend/docs/a.md", false],
    [["frontend/**", "!frontend/docs"], "frontend/docs/a.md", false],
    [["frontend/**", "!frontend/docs/**"], "frontend/app.ts", true],
    [["frontend/**", "!**/*.md", "frontend/legal.md"], "frontend/legal.md", true],
    [["!frontend/docs/**", "frontend/**"], "frontend/docs/a.md", true],
    [["**", "!./docs"], "docs/a.md", false],
  ])("%j: whether %s matches is %s", (patterns, path, matches) => {
    expect(pathMatcher(patterns)(path)).toBe(matches);
  });
});

test("a path without * matches itself and everything below it, whatever its characters", () => {
  const name = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
    .filter((text) => !/[/*]/.test(text) && text !== "." && !text.startsWith("!"));
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), name, (names, other) => {
      const path = names.join("/");
      const matches = pathMatcher([path]);
      expect(matches(path)).toBe(true);
      expect(matches(`${path}/${other}`)).toBe(true);
      expect(matches(`${path}${other}`)).toBe(false);
      expect(matches(`${other}/${path}/${other}`)).toBe(`${other}/${path}/${other}`.startsWith(`${path}/`));
    }),
  );
});
