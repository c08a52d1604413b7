/**
 * Which images ECR deletes by itself. ECR selects them by tag and by the time of the push, and does not know which images run.
 * Therefore a release tags its images (`keepingTag` in core) before it deploys them.
 *
 * docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html: an image that matches a rule's tags cannot be
 * expired by a later rule.
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
 * @param unreleasedDays how long an image is kept that was built and never released
 */
export function imageRules(unreleasedDays: number): LifecycleRule[] {
  return [
    rule(1, "Released images are kept: they run, or are a rollback target", hundredYears, [`${keepingTagPrefix}*`]),
    rule(2, "Images that were built and never released", unreleasedDays, ["*"]),
    rule(3, "Untagged images", unreleasedDays),
  ];
}

/** Rules for a repository of build caches; a deleted cache costs one slow build. */
export function cacheRules(): LifecycleRule[] {
  return [rule(1, "Caches that no build has updated", 30, ["*"]), rule(2, "Caches that a later build has replaced", 1)];
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
