import { expect, test } from "vitest";
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
  ["{go.mod,go.sum}", "go.sum", true],
  ["src/[a-c].ts", "src/b.ts", true],
  ["frontend/**", "frontend/app/[id]/page (copy).tsx", true],
  ["!frontend/**", "backend/main.ts", false],
  ["!important/**", "!important/file", true],
])("%s against %s: %s", (pattern, path, matches) => {
  expect(pathMatcher([pattern])(path)).toBe(matches);
});

test("any of several patterns is enough", () => {
  const matches = pathMatcher(["backend/**", "shared/*.json"]);
  expect(["backend/a.ts", "shared/b.json", "shared/c/d.json", "e"].map(matches)).toEqual([true, true, false, false]);
});
