import type { Access, Demand, RequestInput, ServiceAccess } from "../../protocol/demand.ts";
import { textOf } from "../../protocol/demand.ts";
import { isJsonObject } from "../../protocol/json.ts";

const rule: Access = { on: ["rule/{Name}"] };
const ruleOfTargets: Access = { on: ["rule/{Rule}"] };

/** A separate demand for each entry: docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html */
function ofEntries(input: RequestInput, arn: (resource: string) => string): readonly Demand[] {
  const entries: readonly unknown[] = Array.isArray(input["Entries"]) ? input["Entries"] : [];
  return entries.filter(isJsonObject).map((entry) => {
    const bus = textOf(entry, "EventBusName") ?? "default";
    const source = textOf(entry, "Source");
    const detailType = textOf(entry, "DetailType");
    return {
      action: "events:PutEvents",
      resource: bus.startsWith("arn:") ? bus : arn(`event-bus/${bus}`),
      context: {
        ...(source !== undefined && { "events:source": source }),
        ...(detailType !== undefined && { "events:detail-type": detailType }),
      },
    };
  });
}

/** docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html */
export const eventBridgeAccess: ServiceAccess = {
  prefix: "events",
  operations: {
    DescribeRule: rule,
    DisableRule: rule,
    EnableRule: rule,
    ListRuleNamesByTarget: { on: "*" },
    ListRules: { on: "*" },
    ListTargetsByRule: ruleOfTargets,
    PutEvents: { on: [], also: ofEntries },
    PutRule: rule,
    PutTargets: ruleOfTargets,
  },
};
