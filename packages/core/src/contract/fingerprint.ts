import { createHash } from "node:crypto";
import { canonicalJson } from "../config/stored.ts";
import type { ReleaseInput } from "./release-input.ts";

/** Identifies the input of an execution: SHA-256 over its canonical JSON, in hex. */
export function fingerprintOf(input: ReleaseInput): string {
  return createHash("sha256").update(canonicalJson(input)).digest("hex");
}
