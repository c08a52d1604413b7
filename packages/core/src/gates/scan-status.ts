import type { ErrorCode } from "../lib/errors.ts";

/** What a status of ECR's means for the gate (DescribeImageScanFindings, `imageScanStatus.status`). */
export type StatusMeaning =
  | { kind: "answered" }
  | { kind: "under-way" }
  | { kind: "unsupported" }
  | { kind: "no-answer"; code: ErrorCode; remedy: string };

const noAnswer = (remedy: string): StatusMeaning => ({ kind: "no-answer", code: "SCAN_FAILED", remedy });

const meanings = new Map<string, StatusMeaning>([
  // Continuous enhanced scanning stays ACTIVE for as long as the image is watched.
  ["COMPLETE", { kind: "answered" }],
  ["ACTIVE", { kind: "answered" }],
  ["IN_PROGRESS", { kind: "under-way" }],
  ["PENDING", { kind: "under-way" }],
  ["UNSUPPORTED_IMAGE", { kind: "unsupported" }],
  ["FAILED", noAnswer("Scan the image again (`aws ecr start-image-scan`, once in 24 hours), or push another commit")],
  [
    "FINDINGS_UNAVAILABLE",
    noAnswer("Let the registry's scanning configuration cover the repository, and have the image scanned"),
  ],
  [
    "LIMIT_EXCEEDED",
    noAnswer("The account's quota of basic scans is used up for today: wait, or turn on enhanced scanning"),
  ],
  [
    "SCAN_ELIGIBILITY_EXPIRED",
    noAnswer(
      "Amazon Inspector does not watch the image any more: lengthen its re-scan duration, or push another commit",
    ),
  ],
  ["IMAGE_ARCHIVED", noAnswer("Restore the image from the archive, and have it scanned")],
]);

/**
 * @param status as ECR writes it; one that is not known is no answer
 * @param description ECR's own words: earlier basic scanning answered FAILED for images that it cannot read, and said so there
 */
export function meaningOf(status: string, description = ""): StatusMeaning {
  if (status === "FAILED" && description.startsWith("UnsupportedImageError")) return { kind: "unsupported" };
  return meanings.get(status) ?? noAnswer("Lockmaster does not know this status: update it");
}
