import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { knownSecret } from "./known-secret.ts";

/** Secrets Manager with the values of its two stages, and what was read of it. */
function secretsManager(initial: string) {
  const stages: { current: string; previous: string | undefined } = { current: initial, previous: undefined };
  const reads = { current: 0, previous: 0 };
  let fails = false;
  const read = <Stage extends keyof typeof stages>(stage: Stage) => {
    reads[stage] += 1;
    return fails ? Promise.reject(new Error("Secrets Manager does not answer")) : Promise.resolve(stages[stage]);
  };
  return {
    reads,
    source: { current: () => read("current"), previous: () => read("previous") },
    rotate: (next: string) => Object.assign(stages, { current: next, previous: stages.current }),
    fail: (now: boolean) => (fails = now),
  };
}

const signedWith = (key: string) => (secret: string) => Promise.resolve(secret === key);
const seconds = (count: number) => count * 1000;

describe("knownSecret", () => {
  test("reads the secret once a minute, however many deliveries it signed", async () => {
    const { reads, source } = secretsManager("a");
    const isSigned = knownSecret(source);
    for (let second = 0; second < 600; second += 1) expect(await isSigned(signedWith("a"), seconds(second))).toBe(true);
    expect(reads).toEqual({ current: 10, previous: 0 });
  });

  test("accepts a new secret at once, and the replaced one beside it", async () => {
    const { rotate, source } = secretsManager("a");
    const isSigned = knownSecret(source);
    expect(await isSigned(signedWith("a"), seconds(0))).toBe(true);
    rotate("b");
    expect(await isSigned(signedWith("b"), seconds(1))).toBe(true);
    expect(await isSigned(signedWith("a"), seconds(2))).toBe(true);
  });

  test("accepts a secret that was replaced twice for a minute at most", async () => {
    const { rotate, source } = secretsManager("a");
    const isSigned = knownSecret(source);
    await isSigned(signedWith("a"), seconds(0));
    rotate("b");
    rotate("c");
    expect(await isSigned(signedWith("a"), seconds(59))).toBe(true);
    expect(await isSigned(signedWith("a"), seconds(60))).toBe(false);
    expect(await isSigned(signedWith("b"), seconds(61))).toBe(true);
    expect(await isSigned(signedWith("c"), seconds(62))).toBe(true);
  });

  test("forged deliveries cost at most one search a minute", async () => {
    const { reads, source } = secretsManager("a");
    const isSigned = knownSecret(source);
    for (let second = 0; second < 600; second += 0.5) {
      expect(await isSigned(signedWith("forged"), seconds(second))).toBe(false);
    }
    // The search reads what has become too old anyway: each version once a minute.
    expect(reads).toEqual({ current: 10, previous: 10 });
  });

  test("does not remember a failure", async () => {
    const { fail, source } = secretsManager("a");
    const isSigned = knownSecret(source);
    fail(true);
    await expect(isSigned(signedWith("a"), 0)).rejects.toThrow("does not answer");
    fail(false);
    expect(await isSigned(signedWith("a"), 0)).toBe(true);
    fail(true);
    await expect(isSigned(signedWith("b"), 1)).rejects.toThrow("does not answer");
    fail(false);
    expect(await isSigned(signedWith("b"), 1)).toBe(false);
  });

  test("whatever happens: no secret older than the previous one for longer than a minute, and few reads", async () => {
    const step = fc.record({
      afterSeconds: fc.integer({ min: 0, max: 90 }),
      does: fc.constantFrom("rotate", "sign with the current", "sign with the one before the previous", "forge"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { reads, rotate, source } = secretsManager("0");
        const isSigned = knownSecret(source);
        const replacedAt = [Number.POSITIVE_INFINITY];
        let now = 0;
        for (const { afterSeconds, does } of steps) {
          now += afterSeconds;
          const newest = replacedAt.length - 1;
          if (does === "rotate") {
            replacedAt[newest] = now;
            replacedAt.push(Number.POSITIVE_INFINITY);
            rotate(String(newest + 1));
            continue;
          }
          const key = does === "forge" ? "forged" : String(does === "sign with the current" ? newest : newest - 2);
          const accepted = await isSigned(signedWith(key), seconds(now));
          // Two versions back, it ended being the previous one when the next but one came.
          const endedAt = replacedAt[newest - 1] ?? 0;
          const isTooOld = does === "sign with the one before the previous" && newest >= 2 && now - endedAt > 60;
          expect(accepted && (does === "forge" || isTooOld)).toBe(false);
        }
        expect(reads.current).toBeLessThanOrEqual(2 * (Math.floor(now / 60) + 1));
        expect(reads.previous).toBeLessThanOrEqual(Math.floor(now / 60) + 1);
      }),
    );
  });
});
