import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePattern } from "./pattern.ts";

const event = {
  source: "aws.codebuild",
  "detail-type": "CodeBuild Build State Change",
  resources: ["arn:one", "arn:two"],
  detail: {
    "build-status": "FAILED",
    "project-name": "builds-shop",
    count: 3,
    enabled: true,
    nothing: null,
    empty: [],
    path: "dir/a*b.png",
    containers: [
      { name: "web", exitCode: 0 },
      { name: "api", exitCode: 137 },
    ],
  },
};

function matches(pattern: unknown): boolean {
  return compilePattern(JSON.stringify(pattern))(event);
}

/** A pattern on one field of the detail. */
function on(field: string, ...values: unknown[]): unknown {
  return { detail: { [field]: values } };
}

describe("a pattern matches", () => {
  test.each<[string, unknown]>([
    ["one of several values", { source: ["aws.ecs", "aws.codebuild"] }],
    ["any element of an array", { resources: ["arn:two"] }],
    ["a number, a boolean and null by their types", { detail: { count: [3], enabled: [true], nothing: [null] } }],
    ["a prefix", on("project-name", { prefix: "builds-" })],
    ["a prefix in another case", on("project-name", { prefix: { "equals-ignore-case": "BUIL" } })],
    ["a suffix", on("path", { suffix: ".png" })],
    ["a value in another case", on("build-status", { "equals-ignore-case": "failed" })],
    ["a wildcard", on("path", { wildcard: "dir/*.png" })],
    ["an escaped asterisk", on("path", { wildcard: String.raw`*a\*b.png` })],
    ["a wildcard that matches no characters", on("path", { wildcard: "*dir/a*b.png*" })],
    ["a field that exists", on("count", { exists: true })],
    ["a field that doesn't exist", on("absent", { exists: false })],
    ["a field of a missing object", { detail: { absent: { deeper: [{ exists: false }] } } }],
    ["an object in place of a value, as absence", on("containers", { exists: false })],
    ["an empty array, as absence", on("empty", { exists: false })],
    ["anything but another value", on("build-status", { "anything-but": "SUCCEEDED" })],
    ["anything but a list of numbers", on("count", { "anything-but": [1, 2] })],
    ["anything but another prefix", on("project-name", { "anything-but": { prefix: "other-" } })],
    ["anything but other suffixes", on("path", { "anything-but": { suffix: [".gif", ".jpg"] } })],
    ["anything but one element of an array", { resources: [{ "anything-but": "arn:one" }] }],
    ["a numeric range", on("count", { numeric: [">", 0, "<=", 3] })],
    ["a number", on("count", { numeric: ["=", 3] })],
    ["one of two alternatives", { detail: { $or: [{ count: [9] }, { "build-status": ["FAILED"] }] } }],
    ["two properties of the same object of an array", { detail: { containers: { name: ["api"], exitCode: [137] } } }],
  ])("%s", (_, pattern) => {
    expect(matches(pattern)).toBe(true);
  });
});

describe("a pattern does not match", () => {
  test.each<[string, unknown]>([
    ["another value", { source: ["aws.ecs"] }],
    ["when one of several fields differs", { source: ["aws.codebuild"], "detail-type": ["Other"] }],
    ["a number as text", on("count", "3")],
    ["a boolean as text", on("enabled", "true")],
    ["a value in another case", on("build-status", "failed")],
    ["a prefix of something that isn't text", on("count", { prefix: "3" })],
    ["a field that doesn't exist", on("absent", { "anything-but": "a" })],
    ["a field that exists", on("count", { exists: false })],
    ["an object in place of a value", on("containers", { exists: true })],
    ["the value that is excluded", on("build-status", { "anything-but": ["FAILED", "FAULT"] })],
    ["the prefix that is excluded", on("project-name", { "anything-but": { prefix: "buil" } })],
    ["outside of a range", on("count", { numeric: [">", 3] })],
    ["text as a number", on("build-status", { numeric: [">", 0] })],
    ["when no alternative matches", { $or: [{ source: ["a"] }, { source: ["b"] }] }],
    ["properties of two different objects", { detail: { containers: { name: ["web"], exitCode: [137] } } }],
    ["a dot for any character", on("path", { wildcard: "dir/a*bxpng" })],
  ])("%s", (_, pattern) => {
    expect(matches(pattern)).toBe(false);
  });
});

describe("PutRule refuses", () => {
  test.each<[string, string, string]>([
    ["invalid JSON", "{", "Filter is not valid JSON"],
    ["JSON that is not an object", "[]", "Filter is not an object"],
    ["an empty pattern", "{}", "Empty objects are not allowed"],
    ["a value without a list", '{"source":"a"}', '"source" must be an object or an array'],
    ["an empty list", '{"source":[]}', "Empty arrays are not allowed"],
    ["a list in a list", '{"source":[["a"]]}', "Match value must be"],
    ["an unknown comparison", '{"source":[{"contains":"a"}]}', "Unrecognized match type contains"],
    ["two comparisons in one", '{"source":[{"prefix":"a","suffix":"b"}]}', "Only one key allowed"],
    ["text for exists", '{"source":[{"exists":"true"}]}', "must be either true or false"],
    ["a number for a prefix", '{"source":[{"prefix":1}]}', "prefix match pattern must be a string"],
    ["mixed types in anything-but", '{"source":[{"anything-but":["a",1]}]}', "all strings or all numbers"],
    ["text for a number", '{"a":[{"numeric":["=","1"]}]}', "must be numeric"],
    ["a range backwards", '{"a":[{"numeric":["<",1,">",0]}]}', "Bad numeric range operator"],
    ["half a range", '{"a":[{"numeric":[">"]}]}', "Bad numeric range operator"],
    ["two asterisks together", '{"a":[{"wildcard":"a**b"}]}', "Consecutive wildcard characters"],
    ["an escape of nothing", String.raw`{"a":[{"wildcard":"a\\b"}]}`, "Invalid escape character"],
  ])("%s", (_, pattern, reason) => {
    expect(() => compilePattern(pattern)).toThrow(
      expect.objectContaining({ name: "InvalidEventPatternException", message: expect.stringContaining(reason) }),
    );
  });

  test("a comparison that only AWS implements, with NotInLocalAws", () => {
    expect(() => compilePattern('{"a":[{"cidr":"10.0.0.0/24"}]}')).toThrow(
      expect.objectContaining({ name: "NotInLocalAws" }),
    );
  });
});

describe("laws", () => {
  const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
  const { tree } = fc.letrec<{ tree: unknown; object: Record<string, unknown> }>((tie) => ({
    tree: fc.oneof({ maxDepth: 4 }, scalar, tie("object")),
    object: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie("tree"), { minKeys: 1, maxKeys: 4 }),
  }));
  const anyEvent = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tree, { minKeys: 1, maxKeys: 4 });

  /** The pattern that requires the event's own value in every field. */
  function patternOf(part: unknown): unknown {
    if (typeof part !== "object" || part === null) return [part];
    return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, patternOf(value)]));
  }

  test("an event matches the pattern made of its own fields, also with further fields", () => {
    fc.assert(
      fc.property(anyEvent, anyEvent, (own, other) => {
        const pattern = compilePattern(JSON.stringify(patternOf(own)));
        expect(pattern(own)).toBe(true);
        expect(pattern({ ...other, ...own })).toBe(true);
      }),
    );
  });

  test("anything-but is the opposite of the same filter for an existing field", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "A"), maxLength: 3 });
    const operator = fc.constantFrom("prefix", "suffix", "equals-ignore-case", "wildcard");
    fc.assert(
      fc.property(operator, text, text, (name, operand, value) => {
        const filter = { [name]: operand };
        const is = compilePattern(JSON.stringify({ a: [filter] }));
        const isNot = compilePattern(JSON.stringify({ a: [{ "anything-but": filter }] }));
        expect(isNot({ a: value })).toBe(!is({ a: value }));
      }),
    );
  });

  test("an additional value never makes a pattern stricter", () => {
    fc.assert(
      fc.property(fc.array(scalar, { minLength: 1 }), scalar, scalar, (values, more, value) => {
        const narrow = compilePattern(JSON.stringify({ a: values }));
        const wide = compilePattern(JSON.stringify({ a: [...values, more] }));
        expect(narrow({ a: value }) && !wide({ a: value })).toBe(false);
      }),
    );
  });
});
