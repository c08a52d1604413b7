/** What an image must be like before it is deployed to an environment. */
import * as v from "valibot";
import { Name } from "./grammar.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Severities as ECR names them, the gravest first. */
export const severities = ["critical", "high", "medium", "low", "informational", "undefined"] as const;
export type Severity = (typeof severities)[number];

/** A finding that somebody answers for until a day. */
export const Waiver = v.strictObject({
  /** Id of the vulnerability, exactly: `CVE-2026-12345`. */
  id: v.pipe(
    v.string(),
    v.regex(
      /^[A-Za-z0-9][A-Za-z0-9._:-]{2,127}$/,
      "is no id of a finding: write it as the scan names it, as in CVE-2026-12345",
    ),
  ),
  /** Images that it is waived for; all of the repository when absent. */
  images: v.optional(v.array(Name)),
  /** Who answers for it. */
  owner: v.pipe(v.string(), v.minLength(1, "is empty: name who answers for it"), v.maxLength(200)),
  reason: v.pipe(v.string(), v.minLength(1, "is empty: say why it may pass"), v.maxLength(1000)),
  /** The last day on which it counts, in UTC. */
  until: v.pipe(v.string(), v.isoDate("is no day: write it as in 2026-12-31")),
});
export type Waiver = v.InferOutput<typeof Waiver>;

export const ScanGate = v.strictObject({
  /** Whether findings are asked for at all. */
  enabled: v.optional(v.boolean(), true),
  /** The most findings of a severity that may pass; a severity that is left out has no limit. */
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
  /** Counts only findings that a newer version of the package mends. */
  fixableOnly: v.optional(v.boolean(), false),
  /** What happens to an image that the scanner cannot read. */
  unsupported: v.optional(v.picklist(["refuse", "allow"]), "refuse"),
  /** How long the scan may take before no answer is a no. */
  deadlineMinutes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(240)), 15),
  waivers: v.optional(v.array(Waiver), []),
});
export type ScanGate = v.InferOutput<typeof ScanGate>;

export const ImageGate = v.strictObject({
  /** Compressed, as the registry stores it, in units of 1,000,000 bytes. */
  maximumMegabytes: v.optional(v.pipe(v.number(), v.minValue(1))),
  /** Against the image of the environment's last successful release. */
  maximumGrowthPercent: v.optional(v.pipe(v.number(), v.minValue(0))),
  /** `non-root` refuses images whose user is root, or that name none. */
  user: v.optional(v.picklist(["non-root", "any"]), "non-root"),
  /** Labels that must be there and not empty. */
  labels: v.optional(v.array(v.pipe(v.string(), v.minLength(1))), []),
});
export type ImageGate = v.InferOutput<typeof ImageGate>;

export const Gates = v.strictObject({ scan: v.optional(ScanGate, {}), image: v.optional(ImageGate, {}) });
