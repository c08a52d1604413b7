import type { EventMatcher } from "./pattern.ts";

export type Rule = {
  name: string;
  arn: string;
  /** Absent for a rule that only has a schedule. */
  pattern?: string;
  matches?: EventMatcher;
  /** `rate(5 minutes)`. */
  schedule?: string;
  description?: string;
  enabled: boolean;
  /** By target id. */
  targets: Map<string, { id: string; arn: string }>;
};

/** What the default bus knows. */
export type EventBridgeState = { rules: Map<string, Rule> };
