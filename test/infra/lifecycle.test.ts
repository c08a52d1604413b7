import { keepingTag } from "@lockmaster/core/lib/names.ts";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cacheRules, imageRules, type LifecycleRule } from "@lockmaster/installation/images/lifecycle.ts";

type StoredImage = { digest: string; tags: string[]; pushedOnDay: number };

/**
 * ECR's evaluation: the first rule that matches an image's tags decides, and later ones do not apply.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 */
function expire(images: readonly StoredImage[], rules: readonly LifecycleRule[], day: number): StoredImage[] {
  const inOrder = rules.toSorted((a, b) => a.rulePriority - b.rulePriority);
  return images.filter((image) => {
    const rule = inOrder.find(({ selection }) => isMeant(selection, image.tags));
    return rule === undefined || day - image.pushedOnDay <= rule.selection.countNumber;
  });
}

function isMeant(selection: LifecycleRule["selection"], tags: readonly string[]): boolean {
  if (selection.tagStatus === "untagged") return tags.length === 0;
  return selection.tagPatternList.every((pattern) => tags.some((tag) => matches(pattern, tag)));
}

const matches = (pattern: string, tag: string) =>
  new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`).test(tag);

const Action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant("build" as const), commit: fc.nat(30) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant("release" as const), commit: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("name" as const), commit: fc.nat(30), version: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("untag" as const), commit: fc.nat(30) }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant("wait" as const), days: fc.integer({ min: 1, max: 200 }) }) },
);

/** Applies a history of pushes to a repository, and the lifecycle rules on every day of it. */
function live(history: readonly (typeof Action extends fc.Arbitrary<infer T> ? T : never)[], rules: LifecycleRule[]) {
  let images: StoredImage[] = [];
  let day = 0;
  const released = new Set<string>();
  const tagOf = (commit: number) => String(commit).padStart(40, "0");
  for (const action of history) {
    if (action.does === "wait") {
      for (let passed = 0; passed < action.days; passed += 1) images = expire(images, rules, (day += 1));
      continue;
    }
    const tag = tagOf(action.commit);
    const found = images.find(({ tags }) => tags.includes(tag));
    if (action.does === "build" && found === undefined) {
      images.push({ digest: `sha256:${day}-${action.commit}`, tags: [tag], pushedOnDay: day });
    }
    if (found === undefined) continue;
    // The state "Snapshot services" does this before the image first runs.
    if (action.does === "release") {
      if (!found.tags.includes(keepingTag(found.digest))) found.tags.push(keepingTag(found.digest));
      released.add(found.digest);
    }
    if (action.does === "name") found.tags.push(`v1.0.${action.version}`);
    if (action.does === "untag") found.tags = found.tags.filter((one) => one !== tag);
  }
  return { digests: new Set(images.map(({ digest }) => digest)), images, released, day };
}

describe("rules for images", () => {
  const unreleasedDays = 30;
  const rules = imageRules(unreleasedDays);

  test("released images never expire, whatever the history", () => {
    fc.assert(
      fc.property(fc.array(Action, { maxLength: 40 }), (history) => {
        const { digests, released } = live(history, rules);
        expect([...released].filter((digest) => !digests.has(digest))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("images that were never released expire in time, not sooner", () => {
    fc.assert(
      fc.property(fc.array(Action, { maxLength: 40 }), (history) => {
        const { images, released, day } = live(history, rules);
        const left = images.filter(({ digest }) => !released.has(digest));
        expect(left.every(({ pushedOnDay }) => day - pushedOnDay <= unreleasedDays)).toBe(true);
      }),
    );
    const young = live(
      [
        { does: "build", commit: 1 },
        { does: "wait", days: unreleasedDays },
      ],
      rules,
    );
    expect(young.digests.size).toBe(1);
  });

  test("an image with a version tag that was never released expires, too", () => {
    const { digests } = live(
      [
        { does: "build", commit: 1 },
        { does: "name", commit: 1, version: 1 },
        { does: "wait", days: 31 },
      ],
      rules,
    );
    expect(digests.size).toBe(0);
  });
});

describe("rules for caches", () => {
  test.each([
    { what: "one that a build updates", tags: ["cache-web-0a1b"], ages: 30, stays: true },
    { what: "one that no build has updated", tags: ["cache-web-0a1b"], ages: 31, stays: false },
    { what: "one that was replaced", tags: [], ages: 2, stays: false },
  ])("$what", ({ tags, ages, stays }) => {
    expect(expire([{ digest: "d", tags, pushedOnDay: 0 }], cacheRules(), ages)).toHaveLength(stays ? 1 : 0);
  });
});

test.each([imageRules(30), cacheRules()])("are accepted by ECR", (...rules) => {
  expect(new Set(rules.map(({ rulePriority }) => rulePriority)).size).toBe(rules.length);
  expect(rules.filter(({ selection }) => selection.tagStatus === "untagged")).toHaveLength(1);
  for (const { selection } of rules) {
    expect(selection.countNumber).toBeGreaterThanOrEqual(1);
    if (selection.tagStatus !== "tagged") continue;
    // At most four wildcards a pattern: docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
    for (const pattern of selection.tagPatternList) expect(pattern.split("*").length - 1).toBeLessThanOrEqual(4);
  }
});
