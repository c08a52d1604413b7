import { describe, expect, test } from "vitest";
import { parseInput } from "../lib/parse.ts";
import { ReleaseInput } from "./release-input.ts";

const input = {
  kind: "deploy",
  repository: "acme/shop",
  environment: "staging",
  ref: "refs/heads/main",
  sha: "6dcb09b5b57875f334f61aebed695e2e4193db5e",
  requestedBy: { kind: "github", login: "octocat" },
  requestedAt: "2026-11-20T12:00:00.000Z",
};

const { environment: _, ...common } = input;
const check = { ...common, kind: "check", ref: "refs/pull/7/head", base: "f".repeat(40) };

describe("the input of a check", () => {
  test("is accepted with and without a base", () => {
    const { base: __, ...baseless } = check;
    expect(parseInput(ReleaseInput, check)).toEqual(check);
    expect(parseInput(ReleaseInput, baseless)).toEqual(baseless);
  });

  test.each([
    ["ref", { ref: "refs/heads/main" }],
    ["ref", { ref: "refs/pull/0/head" }],
    ["ref", { ref: "refs/pull/7/merge" }],
    ["ref", { ref: "refs/pull/7/head/more" }],
    ["ref", { ref: "refs/pull/7/head\n" }],
    ["ref", { ref: "refs/pull/$(id)/head" }],
    ["base", { base: "main" }],
    ["sha", { sha: "0".repeat(40) }],
    ["environment", { environment: "staging" }],
    ["target", { target: "test" }],
  ])("is refused for another %s: %j", (path, change) => {
    expect(() => parseInput(ReleaseInput, { ...check, ...change })).toThrowError(
      expect.objectContaining({ name: "InvalidInputError", message: expect.stringContaining(`${path}: `) }),
    );
  });
});

describe("ReleaseInput", () => {
  test.each([
    ["the webhook's input", {}],
    ["a tag to promote", { kind: "promote", ref: "refs/tags/shop/v1.0.0-rc.1+5" }],
    ["a branch with slashes", { ref: "refs/heads/feature/login" }],
    ["a branch with characters that a shell interprets, which git allows", { ref: "refs/heads/$(id);a" }],
    ["a push by an app", { requestedBy: { kind: "github", login: "dependabot[bot]" } }],
    [
      "a managed user, whose login has an underscore",
      { repository: "octo_acme/shop", requestedBy: { kind: "github", login: "mona_acme" } },
    ],
    ["an operator", { requestedBy: { kind: "operator", name: "arn:aws:iam::111122223333:user/ops" } }],
  ])("accepts %s", (_, change) => {
    expect(parseInput(ReleaseInput, { ...input, ...change })).toEqual({ ...input, ...change });
  });

  test.each([
    ["kind", { kind: "destroy" }],
    ["repository", { repository: "shop" }],
    ["repository", { repository: "acme/shop/more" }],
    ["repository", { repository: "acme/.." }],
    ["environment", { environment: "../staging" }],
    ["environment", { environment: "s".repeat(41) }],
    ["ref", { ref: "main" }],
    ["ref", { ref: "refs/tags/v1.0.0" }],
    ["ref", { kind: "promote" }],
    ["ref", { kind: "promote", ref: "refs/tags/v1*" }],
    ["ref", { ref: "refs/heads/" }],
    ["ref", { ref: "refs/heads/a..b" }],
    ["ref", { ref: "refs/heads/a b" }],
    ["ref", { ref: "refs/heads/a\nb" }],
    ["ref", { ref: "refs/heads/--upload-pack=x" }],
    ["ref", { ref: "refs/heads/main.lock" }],
    ["ref", { ref: `refs/heads/${"b".repeat(245)}` }],
    ["sha", { sha: "6dcb09b" }],
    ["sha", { sha: "6DCB09B5B57875F334F61AEBED695E2E4193DB5E" }],
    ["sha", { sha: "0".repeat(40) }],
    ["sha", { sha: `${input.sha}\n` }],
    ["requestedBy.login", { requestedBy: { kind: "github", login: "octo cat" } }],
    ["requestedBy.kind", { requestedBy: { kind: "root" } }],
    ["requestedAt", { requestedAt: "yesterday" }],
    ["policy", { policy: { gates: {} } }],
  ])("refuses another %s: %j", (path, change) => {
    expect(() => parseInput(ReleaseInput, { ...input, ...change })).toThrowError(
      expect.objectContaining({ name: "InvalidInputError", message: expect.stringContaining(`${path}: `) }),
    );
  });

  test("names every offending field at once", () => {
    const fields = ["repository", "environment", "ref", "sha", "requestedBy.kind", "requestedAt"];
    const refused = () => parseInput(ReleaseInput, { kind: "deploy", repository: 1, sha: "x", requestedBy: {} });
    for (const field of fields) expect(refused).toThrowError(`${field}: `);
  });
});

describe("the input of a rollback", () => {
  const { ref: _ref, sha: _sha, ...where } = input;
  const rollback = { ...where, kind: "rollback", requestedBy: { kind: "operator", name: "ops" } };
  const recovers = { executionArn: "arn:aws:states:eu-west-1:111122223333:execution:release:one", redriveCount: 0 };
  const lockmaster = { kind: "lockmaster" };

  test.each([
    ["to a release", { to: "previous" }],
    ["to releases that operators named", { to: "hotfix.1", standing: "Müllers_(fix)=2+1@home!'" }],
    ["of Lockmaster's own, which recovers an execution", { recovers, requestedBy: lockmaster }],
    ["that recovers an execution and that an operator starts", { recovers }],
  ])("is accepted %s", (_case, change) => {
    expect(parseInput(ReleaseInput, { ...rollback, ...change })).toEqual({ ...rollback, ...change });
  });

  test.each(["a b", "a/b", "a:b", "*", "a\u0085b", "", "x".repeat(81)])("is refused for the release %j", (id) => {
    for (const change of [{ to: id }, { to: "previous", standing: id }])
      expect(() => parseInput(ReleaseInput, { ...rollback, ...change })).toThrowError("INPUT_INVALID");
  });

  test("is refused when Lockmaster is said to have chosen the release", () => {
    expect(() => parseInput(ReleaseInput, { ...rollback, to: "previous", requestedBy: lockmaster })).toThrowError(
      'INPUT_INVALID: requestedBy: Lockmaster itself requests recoveries only: write the kind "operator" and your name',
    );
  });
});
