import type { EventMatcher } from "./pattern.ts";

export type Rule = {
  name: string;
  arn: string;
  pattern: string;
  matches: EventMatcher;
  description?: string;
  enabled: boolean;
  /** By target id. */
  targets: Map<string, { id: string; arn: string }>;
};

/** What the default bus knows. */
export type EventBridgeState = { rules: Map<string, Rule> };
