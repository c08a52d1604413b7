import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Evidence } from "../ledger/release-record.ts";
import { freeLock } from "./hold-lock.ts";
import { addRefuted, dropRefuted, refuseRefuted, refutedImages } from "./known-bad-images.ts";

const services = {
  web: { service: "frontend", containers: { web: "frontend" } },
  api: { service: "backend", containers: { api: "backend" } },
  worker: { service: "worker", containers: { worker: "backend" } },
};
const released = { frontend: "f1", backend: "b1" };
const evidence = (...names: (string | undefined)[]): Evidence[] =>
  names.map((service) => ({ code: "CONTAINER_EXITED", message: "", ...(service !== undefined && { service }) }));

describe("a rollback refutes", () => {
  test.each([
    { what: "what the failing service ran", names: ["worker"], images: { backend: "b1" } },
    { what: "all that failing services ran", names: ["web", "api"], images: released },
    { what: "everything together when the probe spoke", names: [undefined], images: released },
    { what: "everything together when nobody said why", names: [], images: released },
    { what: "everything together when the service is unknown", names: ["constructor"], images: released },
  ])("$what", ({ names, images }) => {
    expect(refutedImages(released, evidence(...names), services)).toEqual(images);
  });
});

describe("a release is refused", () => {
  const refuses = (refuted: Record<string, string>, images: Record<string, string>) => {
    const lock = { ...freeLock("acme/shop", "staging"), refuted: addRefuted([], "bad", refuted) };
    try {
      refuseRefuted(lock, images);
      return false;
    } catch (error) {
      expect(String(error)).toContain("DIGESTS_REFUTED");
      return true;
    }
  };

  test.each([
    { when: "it brings what failed", refuted: { backend: "b1" }, images: released, refused: true },
    { when: "it brings nothing of it", refuted: { backend: "b1" }, images: { frontend: "f1" }, refused: false },
    {
      when: "it brings only a part of what failed together",
      refuted: released,
      images: { frontend: "f1", backend: "b2" },
      refused: false,
    },
    { when: "it brings nothing at all", refuted: released, images: {}, refused: false },
    { when: "nothing was deployed when it failed", refuted: {}, images: {}, refused: false },
  ])("when $when: $refused", ({ refuted, images, refused }) => {
    expect(refuses(refuted, images)).toBe(refused);
  });
});

const someDigests = fc.dictionary(fc.constantFrom("frontend", "backend"), fc.constantFrom("1", "2"), { minKeys: 1 });

test("a success disproves all that it contains, and nothing else; the memory is bounded", () => {
  fc.assert(
    fc.property(fc.array(someDigests, { maxLength: 40 }), someDigests, (failures, proven) => {
      const refuted = failures.reduce<ReturnType<typeof addRefuted>>(
        (known, images, index) => addRefuted(known, `release-${index}`, images),
        [],
      );
      expect(refuted.length).toBeLessThanOrEqual(20);
      const left = dropRefuted(refuted, proven);
      const lock = { ...freeLock("acme/shop", "staging"), refuted: left };
      expect(() => refuseRefuted(lock, proven)).not.toThrow();
      const other = refuted.filter(({ images }) =>
        Object.entries(images).some(([name, digest]) => proven[name] !== digest),
      );
      expect(left).toEqual(other);
    }),
  );
});
