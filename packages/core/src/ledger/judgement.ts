import * as v from "valibot";
import { record } from "../lib/record.ts";
import type { Stored } from "./stored.ts";

/** A finding because of which a gate refused an image. */
export const FindingEvidence = v.object({
  id: v.string(),
  severity: v.string(),
  package: v.exactOptional(v.string()),
  installedVersion: v.exactOptional(v.string()),
  fixedVersion: v.exactOptional(v.string()),
  link: v.exactOptional(v.string()),
});
export type FindingEvidence = Stored<typeof FindingEvidence>;

/** The registry's last answer about the scan of one manifest; findings can arrive in instalments. */
export const SeenScan = v.object({
  fingerprint: v.string(),
  /** Since when the polls have got this answer. */
  since: v.string(),
  /** How often the answer has changed. */
  changes: v.number(),
});
export type SeenScan = Stored<typeof SeenScan>;

/** What the gates found about one image. */
export const Judgement = v.object({
  digest: v.string(),
  /** Compressed, in bytes. */
  sizeBytes: v.exactOptional(v.number()),
  /** What polls of the scan saw, by the digest of the manifest. */
  seenScans: v.exactOptional(record(v.string(), SeenScan)),
  scan: v.exactOptional(
    v.object({
      result: v.picklist(["passed", "refused", "unsupported", "disabled"]),
      /** Number of findings by severity, in lower case, waived ones included. */
      counts: record(v.string(), v.number()),
      /** The findings because of which the gate refused the image; bounded, the gravest first. */
      refusedBy: v.exactOptional(v.array(FindingEvidence)),
      /** Waivers without which the image would not have passed. */
      waived: v.exactOptional(v.array(v.object({ id: v.string(), owner: v.string(), until: v.string() }))),
    }),
  ),
});
export type Judgement = Stored<typeof Judgement>;
