import * as fc from "fast-check";
import compare from "semver/functions/compare.js";
import parse from "semver/functions/parse.js";
import { expect, test } from "vitest";
import { comparePrecedence, parseVersion } from "./precedence.ts";

const number = fc.nat(30).map(String);
const identifier = fc.oneof(number, fc.stringMatching(/^[0-9]{0,2}[A-Za-z-][0-9A-Za-z-]{0,2}$/));
const list = fc.array(identifier, { minLength: 1, maxLength: 3 }).map((identifiers) => identifiers.join("."));
const version = fc
  .tuple(number, number, number, fc.option(list), fc.option(list))
  .map(([major, minor, patch, pre, build]) => {
    return `${major}.${minor}.${patch}${pre === null ? "" : `-${pre}`}${build === null ? "" : `+${build}`}`;
  });

test("compares two versions as the library does", () => {
  fc.assert(
    fc.property(version, version, (one, other) => {
      const [a, b] = [parseVersion(one), parseVersion(other)];
      if (a === undefined || b === undefined) throw new Error(`${one} or ${other} is not read`);
      expect(Math.sign(comparePrecedence(a, b))).toBe(compare(one, other));
    }),
    { numRuns: 2000 },
  );
});

test("accepts exactly the versions that the library accepts", () => {
  const almost = fc.oneof(version, fc.stringMatching(/^[0-9a.+-]{1,12}$/));
  fc.assert(
    fc.property(almost, (text) => {
      expect(parseVersion(text) !== undefined).toBe(parse(text) !== null);
    }),
    { numRuns: 2000 },
  );
});
