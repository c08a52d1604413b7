/**
 * Which images ECR deletes by itself. It judges them by tags and by the time of their push, and knows nothing of what runs: so what
 * runs, or did, bears a tag of its own (`keepingTag` in core) before it ever does.
 *
 * docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html: an image whose tags a rule asks for cannot be expired by a
 * rule that comes after it.
 */
import { keepingTagPrefix } from "@lockmaster/core/lib/names.ts";

export type LifecycleRule = {
  rulePriority: number;
  description: string;
  selection: { countType: "sinceImagePushed"; countUnit: "days"; countNumber: number } & (
    | { tagStatus: "tagged"; tagPatternList: readonly string[] }
    | { tagStatus: "untagged" }
  );
  action: { type: "expire" };
};

const hundredYears = 36_500;

/**
 * Rules for a repository of images.
 *
 * @param unreleasedDays so long an image is kept that was built and never released
 */
export function imageRules(unreleasedDays: number): LifecycleRule[] {
  return [
    rule(1, "Released images are kept: they run, or can be gone back to", hundredYears, [`${keepingTagPrefix}*`]),
    rule(2, "Images that were built and never released", unreleasedDays, ["*"]),
    rule(3, "What nothing names", unreleasedDays),
  ];
}

/** Rules for a repository of build caches: one that is gone costs a slow build. */
export function cacheRules(): LifecycleRule[] {
  return [rule(1, "Caches that no build has renewed", 30, ["*"]), rule(2, "Caches that a later build has replaced", 1)];
}

function rule(
  rulePriority: number,
  description: string,
  days: number,
  tagPatternList?: readonly string[],
): LifecycleRule {
  const count = { countType: "sinceImagePushed", countUnit: "days", countNumber: days } as const;
  return {
    rulePriority,
    description,
    selection:
      tagPatternList === undefined
        ? { tagStatus: "untagged", ...count }
        : { tagStatus: "tagged", tagPatternList, ...count },
    action: { type: "expire" },
  };
}
