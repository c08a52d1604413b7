import * as fc from "fast-check";
import * as v from "valibot";
import { expect, test } from "vitest";
import shipped from "../../../../examples/shop/lockmaster.config.ts";
import { validateConfiguration } from "../config/validate.ts";
import { ReleaseInput } from "./release-input.ts";
import { type Push, routePush } from "./routing.ts";

const shop = validateConfiguration(shipped).repositories["acme/shop"];
const push: Push = {
  repository: "acme/shop",
  ref: "refs/heads/main",
  sha: "6dcb09b5b57875f334f61aebed695e2e4193db5e",
  deleted: false,
  login: "octocat",
  pushedAt: "2026-11-20T12:00:00.000Z",
};

test.each([
  ["refs/heads/main", ["staging"]],
  ["refs/tags/v1.0.0", ["production"]],
])("a push to %s of the shop requests a release of %j", (ref, environments) => {
  expect(routePush({ ...push, ref }, shop)).toMatchObject({
    releases: environments.map((environment) => ({ environment, ref })),
  });
});

test.each([
  ["refs/heads/main", "a".repeat(40), "a".repeat(40)],
  ["refs/heads/main", "0".repeat(40), undefined],
  ["refs/heads/main", undefined, undefined],
  ["refs/tags/v1.0.0", "a".repeat(40), undefined],
])("a push to %s that found it at %s names that commit: %s", (ref, before, named) => {
  const routing = routePush({ ...push, ref, ...(before !== undefined && { before }) }, shop);
  const releases = "releases" in routing ? routing.releases : [];
  expect(releases).toHaveLength(1);
  for (const one of releases)
    expect(("before" in one ? one.before : undefined) === named && v.is(ReleaseInput, one)).toBe(true);
});

test.each([
  "refs/heads/Main",
  "refs/heads/main/x",
  "refs/heads/x/main",
  "refs/heads/heads/main",
  "main",
  "refs/heads/",
  "refs/tags/main",
  "refs/tags/v.",
  "refs/heads/v1.0.0",
  "refs/tags/a/v1",
  "refs/tags/v1/b",
  "refs/tags/v1\u202E0.1",
  "refs/tags/v1\u200B",
  "",
])("no environment follows a push to %j", (ref) => {
  expect(routePush({ ...push, ref }, shop)).toEqual({ reason: expect.any(String) });
});

test.each([
  ["Fix a typo [skip deploy]", true],
  ["[Skip Deploy] Fix a typo", true],
  ["Fix a typo [skip deploy]\r\n\r\nIn the guide.", true],
  ["\nFix a typo [skip deploy]", true],
  ["Fix a typo\n\n[skip deploy]", false],
  ["Checkout (#12)\n\n* Draft [skip deploy]\n\n* Finish it", false],
  ["Merge pull request #12 from acme/typo\n\nFix a typo [skip deploy]", false],
  ['Revert "Fix a typo [skip deploy]"\n\nThis reverts commit 6dcb09b.', false],
  ['Revert "Fix a typo [skip deploy]" (#13)', false],
  ['Revert "Revert "Fix a typo [skip deploy]""', false],
  ['Reapply "Fix a typo [skip deploy]"', false],
  ['Revert "Fix a typo" [skip deploy]', true],
  ["Explain [skip  deploy]", false],
  ["", false],
])("whether a head commit with the message %j is not deployed: %j", (headMessage, isSkipped) => {
  expect("reason" in routePush({ ...push, headMessage }, shop)).toBe(isSkipped);
});

test("every push requests releases that the state machine accepts, or has a reason for none", () => {
  const ref = fc.oneof(
    fc.constantFrom(
      "refs/heads/main",
      "refs/tags/v1",
      "refs/tags/v.",
      "refs/heads/constructor",
      "refs/heads/__proto__",
    ),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(ref, fc.boolean(), fc.option(fc.string(), { nil: "" }), (ref, deleted, headMessage) => {
      const routing = routePush({ ...push, ref, deleted, headMessage }, shop);
      const accepted =
        "reason" in routing ? routing.reason !== "" : routing.releases.every((release) => v.is(ReleaseInput, release));
      expect(accepted).toBe(true);
    }),
  );
});
