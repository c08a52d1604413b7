import type { ErrorCode } from "../lib/errors.ts";

/** Meaning of ECR's scan status for the gate (DescribeImageScanFindings, `imageScanStatus.status`). */
export type StatusMeaning =
  | { kind: "complete" }
  | { kind: "running" }
  | { kind: "unsupported" }
  | { kind: "no-result"; code: ErrorCode; remedy: string };

const noResult = (remedy: string): StatusMeaning => ({ kind: "no-result", code: "SCAN_FAILED", remedy });

const meanings = new Map<string, StatusMeaning>([
  // Continuous enhanced scanning stays ACTIVE as long as Amazon Inspector monitors the image.
  ["COMPLETE", { kind: "complete" }],
  ["ACTIVE", { kind: "complete" }],
  ["IN_PROGRESS", { kind: "running" }],
  ["PENDING", { kind: "running" }],
  ["UNSUPPORTED_IMAGE", { kind: "unsupported" }],
  [
    "FAILED",
    noResult("Scan the image again (`aws ecr start-image-scan`, at most once in 24 hours), or push another commit"),
  ],
  [
    "FINDINGS_UNAVAILABLE",
    noResult("Include the repository in the registry's scanning configuration, and scan the image"),
  ],
  [
    "LIMIT_EXCEEDED",
    noResult("The account's daily quota of basic scans is used up: wait until tomorrow, or turn on enhanced scanning"),
  ],
  [
    "SCAN_ELIGIBILITY_EXPIRED",
    noResult("Amazon Inspector no longer monitors the image: raise its re-scan duration, or push another commit"),
  ],
  ["IMAGE_ARCHIVED", noResult("Restore the image from the archive, and scan it")],
]);

/**
 * @param status ECR's status; an unknown one counts as no result
 * @param description ECR's description: basic scanning used to answer FAILED for images that it cannot read, with the reason here
 */
export function meaningOf(status: string, description = ""): StatusMeaning {
  if (status === "FAILED" && description.startsWith("UnsupportedImageError")) return { kind: "unsupported" };
  return meanings.get(status) ?? noResult("Lockmaster does not know this status: upgrade Lockmaster");
}
