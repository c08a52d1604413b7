/** Requirements that an image must meet before it is deployed to an environment. */
import * as v from "valibot";
import { Name } from "./grammar.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Severities as ECR names them, the most severe first. */
export const severities = ["critical", "high", "medium", "low", "informational", "undefined"] as const;
export type Severity = (typeof severities)[number];

/** A finding that an owner lets pass until a day. */
export const Waiver = v.strictObject({
  /** Id of the vulnerability, exactly: `CVE-2026-12345`. */
  id: v.pipe(
    v.string(),
    v.regex(
      /^[A-Za-z0-9][A-Za-z0-9._:-]{2,127}$/,
      "is not the id of a finding: write the id that the scan reports, as in CVE-2026-12345",
    ),
  ),
  /** Images that it is waived for; all images of the repository when absent. */
  images: v.optional(v.array(Name)),
  /** The person or team that is responsible for it. */
  owner: v.pipe(v.string(), v.minLength(1, "is empty: write the person or team that is responsible"), v.maxLength(200)),
  reason: v.pipe(v.string(), v.minLength(1, "is empty: write why the finding may pass"), v.maxLength(1000)),
  /** The waiver's last day, in UTC. */
  until: v.pipe(v.string(), v.isoDate("is not a day: write it as in 2026-12-31")),
});
export type Waiver = v.InferOutput<typeof Waiver>;

export const ScanGate = v.strictObject({
  /** Whether the scan's findings are judged. */
  enabled: v.optional(v.boolean(), true),
  /** How many findings of each severity may pass; a severity without a number has no limit. */
  maximum: v.optional(
    v.strictObject({
      critical: v.optional(count, 0),
      high: v.optional(count),
      medium: v.optional(count),
      low: v.optional(count),
      informational: v.optional(count),
      undefined: v.optional(count),
    }),
    {},
  ),
  /** Counts only findings that a newer version of the package fixes. */
  fixableOnly: v.optional(v.boolean(), false),
  /** What happens to an image that the scanner does not support. */
  unsupported: v.optional(v.picklist(["refuse", "allow"]), "refuse"),
  /** How long the release waits for the scan's result before it is refused. */
  deadlineMinutes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(240)), 15),
  waivers: v.optional(v.array(Waiver), []),
});
export type ScanGate = v.InferOutput<typeof ScanGate>;

export const ImageGate = v.strictObject({
  /** Compressed, as the registry stores it, in units of 1,000,000 bytes. */
  maximumMegabytes: v.optional(v.pipe(v.number(), v.minValue(1))),
  /** Compared with the image of the environment's last successful release. */
  maximumGrowthPercent: v.optional(v.pipe(v.number(), v.minValue(0))),
  /** `non-root` refuses images that run as root or set no user. */
  user: v.optional(v.picklist(["non-root", "any"]), "non-root"),
  /** Labels that must be set and not empty. */
  labels: v.optional(v.array(v.pipe(v.string(), v.minLength(1))), []),
});
export type ImageGate = v.InferOutput<typeof ImageGate>;

export const Gates = v.strictObject({ scan: v.optional(ScanGate, {}), image: v.optional(ImageGate, {}) });
