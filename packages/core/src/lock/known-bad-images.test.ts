import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Evidence } from "../ledger/evidence.ts";
import { newLock } from "./hold-lock.ts";
import { addKnownBad, dropKnownBad, refuseKnownBad, knownBadImages } from "./known-bad-images.ts";

const services = {
  web: { service: "frontend", containers: { web: "frontend" } },
  api: { service: "backend", containers: { api: "backend" } },
  worker: { service: "worker", containers: { worker: "backend" } },
};
const released = { frontend: "f1", backend: "b1" };
const evidence = (...names: (string | undefined)[]): Evidence[] =>
  names.map((service) => ({ code: "CONTAINER_EXITED", message: "", ...(service !== undefined && { service }) }));

describe("a failed release makes known-bad", () => {
  test.each([
    { what: "the images of the failed service", names: ["worker"], images: { backend: "b1" } },
    { what: "the images of all failed services", names: ["web", "api"], images: released },
    { what: "all its images together when the probe failed", names: [undefined], images: released },
    { what: "all its images together when there is no evidence", names: [], images: released },
    { what: "all its images together when the service is unknown", names: ["constructor"], images: released },
  ])("$what", ({ names, images }) => {
    expect(knownBadImages(released, evidence(...names), services)).toEqual(images);
  });
});

describe("a release is refused", () => {
  const refuses = (knownBad: Record<string, string>, images: Record<string, string>) => {
    const lock = { ...newLock("acme/shop", "staging"), knownBad: addKnownBad([], "bad", knownBad) };
    try {
      refuseKnownBad(lock, images);
      return false;
    } catch (error) {
      expect(String(error)).toContain("KNOWN_BAD_IMAGES");
      return true;
    }
  };

  test.each([
    { when: "it has the digest that failed", knownBad: { backend: "b1" }, images: released, refused: true },
    {
      when: "it does not have the digest that failed",
      knownBad: { backend: "b1" },
      images: { frontend: "f1" },
      refused: false,
    },
    {
      when: "it has only some of the digests that failed together",
      knownBad: released,
      images: { frontend: "f1", backend: "b2" },
      refused: false,
    },
    { when: "it deploys no image", knownBad: released, images: {}, refused: false },
    { when: "nothing was deployed when it failed", knownBad: {}, images: {}, refused: false },
  ])("when $when: $refused", ({ knownBad, images, refused }) => {
    expect(refuses(knownBad, images)).toBe(refused);
  });
});

const someDigests = fc.dictionary(fc.constantFrom("frontend", "backend"), fc.constantFrom("1", "2"), { minKeys: 1 });

test("a success drops the entries that it contains and no other, and the list is bounded", () => {
  fc.assert(
    fc.property(fc.array(someDigests, { maxLength: 40 }), someDigests, (failures, proven) => {
      const knownBad = failures.reduce<ReturnType<typeof addKnownBad>>(
        (known, images, index) => addKnownBad(known, `release-${index}`, images),
        [],
      );
      expect(knownBad.length).toBeLessThanOrEqual(20);
      const left = dropKnownBad(knownBad, proven);
      const lock = { ...newLock("acme/shop", "staging"), knownBad: left };
      expect(() => refuseKnownBad(lock, proven)).not.toThrow();
      const other = knownBad.filter(({ images }) =>
        Object.entries(images).some(([name, digest]) => proven[name] !== digest),
      );
      expect(left).toEqual(other);
    }),
  );
});
