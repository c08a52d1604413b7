import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import shipped from "../../../../examples/shop/lockmaster.config.ts";
import { canonicalJson, readStoredConfiguration, requireReader, storedConfigurations } from "./stored.ts";
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

describe("a configuration that a newer version has stored", () => {
  const [own] = storedConfigurations(validateConfiguration(shipped));

  test("is read without the settings that this version does not know, at every depth", () => {
    const extended = JSON.parse(JSON.stringify(own), (_, value: unknown) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? { ...value, settingOfANewerVersion: { a: 1 } }
        : value,
    );
    // Where names are free, every key is a name, and its value must be readable.
    const { images, environments } = extended.configuration;
    delete images.settingOfANewerVersion;
    delete environments.settingOfANewerVersion;
    for (const environment of Object.values<{ services: Record<string, { containers: object }> }>(environments)) {
      delete environment.services["settingOfANewerVersion"];
      for (const service of Object.values(environment.services))
        Reflect.deleteProperty(service.containers, "settingOfANewerVersion");
    }
    expect(readStoredConfiguration(extended)).toEqual(own);
  });

  test("is refused when it lacks what this version needs", () => {
    expect(() => readStoredConfiguration({ ...own, configuration: { images: {}, more: 1 } })).toThrow(/environments/);
  });

  test("is refused before a change when it restricts releases in a way that this version cannot honour", () => {
    const restricted = readStoredConfiguration({ ...own, minimumReader: 99 });
    expect(() => requireReader(restricted)).toThrow(expect.objectContaining({ code: "CONFIGURATION_NEWER" }));
    expect(() => requireReader(restricted)).toThrow("Start a new execution with the same input");
    expect(() => requireReader(own)).not.toThrow();
  });
});

describe("minimumReader", () => {
  test.each([
    ["verification", { verification: "required" }],
    ["on.by", { on: { branch: "main", by: ["octocat"] } }],
  ])("is raised by %s, which version 0.2.0 does not honour", (_, setting) => {
    const [plain, restricted] = [{}, setting].map((change) => {
      const copy = structuredClone(shipped);
      Object.assign(copy.repositories["acme/shop"]?.environments["staging"] ?? {}, change);
      return storedConfigurations(validateConfiguration(copy))[0];
    });
    expect(plain?.minimumReader).toBeUndefined();
    expect(restricted?.minimumReader).toBe(2);
  });
});
