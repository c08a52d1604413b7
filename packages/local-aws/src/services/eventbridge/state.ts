import type { EcsParameters } from "@aws-sdk/client-eventbridge";
import type { Parsed } from "../../protocol/service.ts";
import type { EventMatcher } from "./pattern.ts";

/** Members of a target that is an ECS cluster, in which the rule runs a task. */
type TaskTarget = { RoleArn: string; EcsParameters: Parsed<EcsParameters> };

export type Rule = {
  name: string;
  arn: string;
  /** Absent for a rule with only a schedule. */
  pattern?: string;
  matches?: EventMatcher;
  /** `rate(5 minutes)`. */
  schedule?: string;
  description?: string;
  enabled: boolean;
  /** By target id. */
  targets: Map<string, { id: string; arn: string; task?: TaskTarget }>;
};

/** The state of the default bus. */
export type EventBridgeState = { busArn: string; rules: Map<string, Rule> };
