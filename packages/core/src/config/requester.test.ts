import { describe, expect, test } from "vitest";
import { oneService } from "./configuration.fixture.ts";
import { validateConfiguration } from "./validate.ts";

const restrictedTo = (by: readonly string[], verification?: string) => {
  const { staging } = oneService.environments;
  const restrictions = { on: { branch: "main", by }, ...(verification !== undefined && { verification }) };
  const environments = { staging: { ...staging, ...restrictions } };
  return { repositories: { "acme/shop": { ...oneService, environments } } };
};

describe("on.by", () => {
  test("has logins, apps and teams", () => {
    const by = ["octocat", "renovate[bot]", "team:acme/release-managers"];
    const valid = validateConfiguration(restrictedTo(by)).repositories["acme/shop"]?.environments["staging"];
    expect(valid).toMatchObject({ on: { by } });
    // A setting that is not used must not appear: older functions refuse settings that they do not know.
    expect(valid).not.toHaveProperty("verification");
  });

  test.each([
    ["no person at all", [], "is empty: write at least one login or team"],
    ["a team without its organisation", ["team:release-managers"], "team:acme/release-managers"],
    ["a mail address", ["octocat@github.com"], "is neither a login at GitHub"],
    ["a team by its name instead of its slug", ["team:acme/Release Managers"], "is neither a login at GitHub"],
  ])("refuses %s", (_, by, message) => {
    expect(() => validateConfiguration(restrictedTo(by))).toThrow(message);
  });
});

test("verification is required or optional", () => {
  expect(() => validateConfiguration(restrictedTo(["octocat"], "always"))).toThrow(/verification: .*"required"/);
});
