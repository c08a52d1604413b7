import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findProbeFailure, redirectTarget, type ProbeAnswer, type ProbePolicy } from "./probe.ts";

const url = "https://shop.example/health";
const sha = "4f2a9c0d".repeat(5);
const policy: ProbePolicy = { url, status: 200, timeoutSeconds: 5 };
const withRevision: ProbePolicy = { ...policy, revisionPath: "build.revision" };

const answered = (body: unknown, changes: Partial<Extract<ProbeAnswer, { kind: "answered" }>> = {}): ProbeAnswer => ({
  kind: "answered",
  status: 200,
  body: typeof body === "string" ? body : JSON.stringify(body),
  cut: false,
  ...changes,
});

describe("a redirect is followed", () => {
  const to = (location: string, from = url, status = 302) => redirectTarget(new URL(from), { status, location })?.href;
  test.each([
    ["within the origin", "/ready", "https://shop.example/ready"],
    ["within the origin, in full", "https://shop.example/ready?deep", "https://shop.example/ready?deep"],
  ])("%s", (_, location, target) => {
    expect(to(location)).toBe(target);
  });
  test("from http to https of the same host on any port", () => {
    expect(to("https://shop.example:8443/", "http://shop.example:8080/")).toBe("https://shop.example:8443/");
  });
  test.each([
    ["to another host", "https://login.example/", url],
    ["to another host with the same beginning", "https://shop.example.evil.example/", url],
    ["to another port", "https://shop.example:8443/", url],
    ["from https to http", "http://shop.example/", url],
    ["to the instance's metadata", "http://169.254.169.254/latest/meta-data", "http://shop.example/"],
    ["to no URL", "http://[", url],
  ])("never %s", (_, location, from) => {
    expect(to(location, from)).toBeUndefined();
  });
  test("only for statuses that redirect", () => {
    expect([200, 201, 300, 304, 404].map((status) => to("/ready", url, status))).toEqual(Array(5).fill(undefined));
    expect([301, 302, 303, 307, 308].map((status) => to("/ready", url, status))).not.toContain(undefined);
  });
});

describe("an answer", () => {
  test.each<[string, ProbeAnswer, ProbePolicy]>([
    ["with the expected status", answered("fine"), policy],
    ["with an unusual expected status", answered("", { status: 401 }), { ...policy, status: 401 }],
    [
      "that redirects, when a redirect is expected",
      answered("", { status: 302, redirect: "/login" }),
      { ...policy, status: 302 },
    ],
    ["that has the commit", answered({ build: { revision: sha } }), withRevision],
    ["that has its abbreviation", answered({ build: { revision: sha.slice(0, 7) } }), withRevision],
    ["that has it in capitals", answered({ build: { revision: sha.toUpperCase() } }), withRevision],
  ])("proves health %s", (_, answer, policy) => {
    expect(findProbeFailure(answer, policy, [sha])).toBeUndefined();
  });

  test.each<[string, ProbeAnswer, ProbePolicy, string | undefined]>([
    ["another status", answered("x", { status: 503 }), policy, undefined],
    [
      "a redirect",
      answered("", { status: 302, redirect: "https://login.example/" }),
      policy,
      "redirects to https://login.example/",
    ],
    ["none", { kind: "unanswered", problem: "no answer within 5 seconds" }, policy, "no answer within 5 seconds"],
    [
      "another commit",
      answered({ build: { revision: "d".repeat(40) } }),
      withRevision,
      `has revision ${"d".repeat(40)}`,
    ],
    ["six digits", answered({ build: { revision: sha.slice(0, 6) } }), withRevision, `has revision ${sha.slice(0, 6)}`],
    ["more than the commit", answered({ build: { revision: `${sha}0` } }), withRevision, `has revision ${sha}0`],
    ["no revision", answered({ build: {} }), withRevision, "has no string at build.revision"],
    ["a number", answered({ build: { revision: 7 } }), withRevision, "has no string at build.revision"],
    ["null", answered({ build: null }), withRevision, "has no string at build.revision"],
    ["not JSON", answered("<html>"), withRevision, "has no string at build.revision"],
    [
      "a value of the prototype",
      answered({ build: {} }),
      { ...withRevision, revisionPath: "build.constructor.name" },
      "has no string at build.constructor.name",
    ],
    [
      "too much",
      answered({ build: { revision: sha } }, { cut: true }),
      withRevision,
      "the response is too long to be read as JSON",
    ],
  ])("fails the probe with %s", (_, answer, policy, problem) => {
    expect(findProbeFailure(answer, policy, [sha])?.problem).toBe(problem);
    expect(findProbeFailure(answer, policy, [sha])?.url).toBe(url);
  });

  test("may have any of the commits that images were built from", () => {
    const older = "7".repeat(40);
    expect(findProbeFailure(answered({ build: { revision: older } }), withRevision, [sha, older])).toBeUndefined();
  });
  test("need not have a commit in a rollback", () => {
    expect(findProbeFailure(answered("an older version"), withRevision, [])).toBeUndefined();
  });
  test("is kept as evidence up to 300 characters", () => {
    const failure = findProbeFailure(answered("x".repeat(1000), { status: 500 }), withRevision, [sha]);
    expect(failure).toEqual({
      url,
      expected: `status 200 and revision ${sha} at build.revision`,
      status: 500,
      body: "x".repeat(300),
    });
  });
});

test("a response with a wrong status fails the probe with every body", () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), fc.json(), (status, body) => {
      fc.pre(status !== 200);
      expect(findProbeFailure(answered(body, { status }), withRevision, [sha])).toBeDefined();
    }),
  );
});
