import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { objectionTo, redirectTarget, type ProbeAnswer, type ProbePolicy } from "./probe.ts";

const url = "https://shop.example/health";
const sha = "4f2a9c0d".repeat(5);
const policy: ProbePolicy = { url, status: 200, timeoutSeconds: 5 };
const telling: ProbePolicy = { ...policy, revisionPath: "build.revision" };

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
  test("from http to https of the same host, whatever the port", () => {
    expect(to("https://shop.example:8443/", "http://shop.example:8080/")).toBe("https://shop.example:8443/");
  });
  test.each([
    ["to another host", "https://login.example/", url],
    ["to another host that begins alike", "https://shop.example.evil.example/", url],
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
    ["with the status that was asked for", answered("fine"), policy],
    ["with an unusual one that was asked for", answered("", { status: 401 }), { ...policy, status: 401 }],
    [
      "that redirects, when that was asked for",
      answered("", { status: 302, redirect: "/login" }),
      { ...policy, status: 302 },
    ],
    ["that tells the commit", answered({ build: { revision: sha } }), telling],
    ["that tells it in short", answered({ build: { revision: sha.slice(0, 7) } }), telling],
    ["that tells it in capitals", answered({ build: { revision: sha.toUpperCase() } }), telling],
  ])("proves health %s", (_, answer, asked) => {
    expect(objectionTo(answer, asked, [sha])).toBeUndefined();
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
    ["another commit", answered({ build: { revision: "d".repeat(40) } }), telling, `tells ${"d".repeat(40)}`],
    ["six digits", answered({ build: { revision: sha.slice(0, 6) } }), telling, `tells ${sha.slice(0, 6)}`],
    ["more than the commit", answered({ build: { revision: `${sha}0` } }), telling, `tells ${sha}0`],
    ["no revision", answered({ build: {} }), telling, "tells no text at build.revision"],
    ["a number", answered({ build: { revision: 7 } }), telling, "tells no text at build.revision"],
    ["null", answered({ build: null }), telling, "tells no text at build.revision"],
    ["no JSON", answered("<html>"), telling, "tells no text at build.revision"],
    [
      "what only a prototype has",
      answered({ build: {} }),
      { ...telling, revisionPath: "build.constructor.name" },
      "tells no text at build.constructor.name",
    ],
    [
      "too much",
      answered({ build: { revision: sha } }, { cut: true }),
      telling,
      "the answer is too long to be read as JSON",
    ],
  ])("speaks against it with %s", (_, answer, asked, problem) => {
    expect(objectionTo(answer, asked, [sha])?.problem).toBe(problem);
    expect(objectionTo(answer, asked, [sha])?.url).toBe(url);
  });

  test("may tell any of the commits that images were built from", () => {
    const older = "7".repeat(40);
    expect(objectionTo(answered({ build: { revision: older } }), telling, [sha, older])).toBeUndefined();
  });
  test("need not tell a commit on the way back", () => {
    expect(objectionTo(answered("older versions say nothing"), telling, [])).toBeUndefined();
  });
  test("is kept as evidence up to 300 characters", () => {
    const objection = objectionTo(answered("x".repeat(1000), { status: 500 }), telling, [sha]);
    expect(objection).toEqual({
      url,
      expected: `status 200 and at build.revision the revision ${sha}`,
      status: 500,
      body: "x".repeat(300),
    });
  });
});

test("a wrong status is never right, whatever is said with it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), fc.json(), (status, body) => {
      fc.pre(status !== 200);
      expect(objectionTo(answered(body, { status }), telling, [sha])).toBeDefined();
    }),
  );
});
