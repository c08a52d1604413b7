import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import shipped from "../../../../examples/shop/lockmaster.config.ts";
import { canonicalJson, storedConfigurations } from "./stored.ts";
import { validateConfiguration } from "./validate.ts";

describe("canonicalJson", () => {
  test("does not depend on the order of keys", () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  });

  test("is complete", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("storedConfigurations", () => {
  test("makes one item for each repository, with a hash that changes only with the policy", () => {
    const configuration = validateConfiguration(shipped);
    const [stored] = storedConfigurations(configuration);
    expect(stored).toMatchObject({ repository: "acme/shop", hash: expect.stringMatching(/^[0-9a-f]{64}$/) });

    const again = storedConfigurations(validateConfiguration(JSON.parse(canonicalJson(shipped))));
    expect(again[0]?.hash).toBe(stored?.hash);

    const staging = configuration.repositories["acme/shop"]?.environments.staging;
    if (staging !== undefined) staging.health.deadlineMinutes += 1;
    expect(storedConfigurations(configuration)[0]?.hash).not.toBe(stored?.hash);
  });
});
