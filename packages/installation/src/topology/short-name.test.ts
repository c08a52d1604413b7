import * as fc from "fast-check";
import { expect, test } from "vitest";
import { shortName } from "./short-name.ts";

test("a name keeps what a person recognises, and ends in a hash of its identity", () => {
  expect(shortName("shop-staging-frontend", ["a"], 32)).toMatch(/^shop-staging-frontend-[0-9a-f]{8}$/);
  expect(shortName("lockmaster-production/acme/shop/staging", ["a"], 32)).toMatch(
    /^lockmaster-production-a[a-z-]*-[0-9a-f]{8}$/,
  );
  expect(shortName("shop", ["8080"], 32)).not.toBe(shortName("shop", ["3000"], 32));
});

test("every name obeys the rules of Elastic Load Balancing", () => {
  const readable = fc.stringMatching(/^[A-Za-z0-9_/.-]{1,300}$/);
  fc.assert(
    fc.property(readable, fc.array(fc.string()), (text, identity) => {
      expect(shortName(`a${text}`, identity, 32)).toMatch(/^(?!internal-)(?!-)(?!.*-$)[A-Za-z0-9-]{1,32}$/);
    }),
  );
});
