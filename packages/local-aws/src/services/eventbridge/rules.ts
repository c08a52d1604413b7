import {
  DescribeRule$,
  type DescribeRuleRequest,
  type DescribeRuleResponse,
  ListRuleNamesByTarget$,
  type ListRuleNamesByTargetRequest,
  type ListRuleNamesByTargetResponse,
  ListRules$,
  type ListRulesRequest,
  type ListRulesResponse,
  ListTargetsByRule$,
  type ListTargetsByRuleRequest,
  type ListTargetsByRuleResponse,
  PutRule$,
  type PutRuleRequest,
  type PutRuleResponse,
  PutTargets$,
  type PutTargetsRequest,
  type PutTargetsResponse,
  type Rule as RuleDescription,
  type Target,
} from "@aws-sdk/client-eventbridge";
import { notInLocalAws } from "../../protocol/errors.ts";
import { type Operation, operation, type Parsed } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { paginate } from "../../protocol/pagination.ts";
import { invalid, limitExceeded, ruleNotFound } from "./errors.ts";
import { compilePattern } from "./pattern.ts";
import { rateMs, type Schedules } from "./schedule.ts";
import type { EventBridgeState, Rule } from "./state.ts";

type AccountRegion = Pick<World, "region" | "accountId">;

/** The operations on rules and their targets. */
export function ruleOperations(
  world: AccountRegion,
  state: EventBridgeState,
  schedules: Schedules,
): Readonly<Record<string, Operation>> {
  return {
    PutRule: operation<PutRuleRequest, PutRuleResponse>(
      PutRule$,
      ["Name", "EventPattern", "ScheduleExpression", "State", "Description", "EventBusName"],
      (input) => {
        const rule = putRule(world, state, input);
        schedules.put(rule);
        return { RuleArn: rule.arn };
      },
    ),
    DescribeRule: operation<DescribeRuleRequest, DescribeRuleResponse>(
      DescribeRule$,
      ["Name", "EventBusName"],
      (input) => ({ ...describe(findRule(state, input.Name, input.EventBusName)), CreatedBy: world.accountId }),
    ),
    ListRules: operation<ListRulesRequest, ListRulesResponse>(
      ListRules$,
      ["NamePrefix", "EventBusName", "Limit", "NextToken"],
      (input) => {
        refuseOtherBus(state, input.EventBusName);
        const named = [...state.rules.values()].filter((rule) => rule.name.startsWith(input.NamePrefix ?? ""));
        const { items, nextToken } = paginate(named.toSorted(byName), paging(input));
        return { Rules: items.map(describe), NextToken: nextToken };
      },
    ),
    PutTargets: operation<PutTargetsRequest, PutTargetsResponse>(
      PutTargets$,
      ["Rule", "Targets", "EventBusName"],
      (input) => putTargets(findRule(state, input.Rule, input.EventBusName), input.Targets),
    ),
    ListTargetsByRule: operation<ListTargetsByRuleRequest, ListTargetsByRuleResponse>(
      ListTargetsByRule$,
      ["Rule", "EventBusName", "Limit", "NextToken"],
      (input) => {
        const rule = findRule(state, input.Rule, input.EventBusName);
        const { items, nextToken } = paginate([...rule.targets.values()], paging(input));
        return { Targets: items.map(({ id, arn, task }) => ({ Id: id, Arn: arn, ...task })), NextToken: nextToken };
      },
    ),
    ListRuleNamesByTarget: operation<ListRuleNamesByTargetRequest, ListRuleNamesByTargetResponse>(
      ListRuleNamesByTarget$,
      ["TargetArn", "EventBusName", "Limit", "NextToken"],
      (input) => {
        refuseOtherBus(state, input.EventBusName);
        const targeting = [...state.rules.values()].filter(({ targets }) =>
          [...targets.values()].some(({ arn }) => arn === input.TargetArn),
        );
        const { items, nextToken } = paginate(targeting.toSorted(byName), paging(input));
        return { RuleNames: items.map(({ name }) => name), NextToken: nextToken };
      },
    ),
  };
}

function putRule(world: AccountRegion, state: EventBridgeState, input: Parsed<PutRuleRequest>): Rule {
  refuseOtherBus(state, input.EventBusName);
  const { EventPattern, ScheduleExpression } = input;
  if (!EventPattern && !ScheduleExpression) {
    throw invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  }
  if (ScheduleExpression) rateMs(ScheduleExpression);
  if (EventPattern !== undefined && EventPattern.length > maxPatternCharacters) throw limitExceeded();
  if (!state.rules.has(input.Name) && state.rules.size >= maxRules) throw limitExceeded();
  const { State = "ENABLED" } = input;
  if (State !== "ENABLED" && State !== "DISABLED") throw notInLocalAws(`the rule state '${State}'`);
  const rule: Rule = {
    name: input.Name,
    arn: `arn:aws:events:${world.region}:${world.accountId}:rule/${input.Name}`,
    ...(EventPattern && { pattern: EventPattern, matches: compilePattern(EventPattern) }),
    ...(ScheduleExpression && { schedule: ScheduleExpression }),
    enabled: State === "ENABLED",
    // PutRule for an existing rule keeps its targets and replaces everything else.
    targets: state.rules.get(input.Name)?.targets ?? new Map(),
    ...(input.Description === undefined ? {} : { description: input.Description }),
  };
  state.rules.set(rule.name, rule);
  return rule;
}

/**
 * Quotas of an account that has not raised them.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 */
const maxPatternCharacters = 2048;
const maxRules = 300;
const maxTargets = 5;

function putTargets(rule: Rule, targets: Parsed<PutTargetsRequest>["Targets"]): PutTargetsResponse {
  const put = targets.map(targetOf);
  const ids = new Set([...rule.targets.keys(), ...targets.map((target) => target.Id)]);
  if (ids.size > maxTargets) throw limitExceeded();
  for (const target of put) rule.targets.set(target.id, target);
  return { FailedEntryCount: 0, FailedEntries: [] };
}

/** A target is a function, which the bus invokes, or an ECS task, which is only listed and never runs. */
function targetOf({ Id: id, Arn: arn, RoleArn, EcsParameters, ...more }: Parsed<Target>) {
  const [unimplemented] = Object.keys(more);
  if (unimplemented !== undefined) throw notInLocalAws(`the member '${unimplemented}' of events:PutTargets' targets`);
  if (/^arn:aws:ecs:[^:]+:\d{12}:cluster\/\S+$/.test(arn)) {
    if (EcsParameters === undefined) throw invalid(`Parameter EcsParameters must be specified for target: ${id}.`);
    if (RoleArn === undefined) throw invalid(`RoleArn is required for target ${arn}.`);
    return { id, arn, task: { RoleArn, EcsParameters } };
  }
  if (!/^arn:[^:]+:[^:]+:[^:]*:[^:]*:\S+$/.test(arn)) {
    throw invalid(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`);
  }
  const isFunction = /^arn:aws:lambda:[^:]+:\d{12}:function:[^:]+/.test(arn);
  if (!isFunction || RoleArn !== undefined || EcsParameters !== undefined) {
    throw notInLocalAws(`the target ${arn} (${id})`);
  }
  return { id, arn };
}

export function findRule(state: EventBridgeState, name: string, busName: string | undefined): Rule {
  refuseOtherBus(state, busName);
  const rule = state.rules.get(name);
  if (rule === undefined) throw ruleNotFound(name);
  return rule;
}

/** Requests name a bus by its name or its ARN. @throws AwsError NotInLocalAws */
export function refuseOtherBus({ busArn }: EventBridgeState, name = "default"): void {
  if (name !== "default" && name !== busArn) throw notInLocalAws(`the event bus '${name}'`);
}

function describe(rule: Rule): RuleDescription {
  return {
    Name: rule.name,
    Arn: rule.arn,
    EventPattern: rule.pattern,
    ScheduleExpression: rule.schedule,
    State: rule.enabled ? "ENABLED" : "DISABLED",
    Description: rule.description,
    EventBusName: "default",
  };
}

function paging(input: { Limit?: number | undefined; NextToken?: string | undefined }) {
  return {
    size: input.Limit ?? 100,
    nextToken: input.NextToken,
    invalidToken: invalid("The specified nextToken is invalid."),
  };
}

function byName(a: Rule, b: Rule): number {
  return a.name < b.name ? -1 : 1;
}
