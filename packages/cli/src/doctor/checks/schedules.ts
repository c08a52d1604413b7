import {
  DescribeRuleCommand,
  ListRuleNamesByTargetCommand,
  ListTargetsByRuleCommand,
} from "@aws-sdk/client-eventbridge";
import { GetScheduleCommand, ListSchedulesCommand, type ScheduleSummary } from "@aws-sdk/client-scheduler";
import type { AwsReader, ReadResult } from "../checking/aws-reader.ts";
import { check, inParallel } from "../checking/check.ts";
import { problem, problemsOr, type Finding } from "../checking/finding.ts";
import type { CheckedAccount } from "../checking/context.ts";

/** A rule or schedule that runs tasks in a cluster. */
type ScheduledTask = { source: string; taskDefinition: string };

type Facts = {
  environment: string;
  /** Families of the services' task definitions. */
  families: ReadonlySet<string>;
  tasks: readonly ScheduledTask[];
};

const maxRequestsAtOnce = 4;

/** Do scheduled tasks run the revisions that Lockmaster registers? Checks only the environment's own cluster. */
export const schedulesCheck = check("schedules", "Scheduled tasks", {
  targets: ({ scope }) => scope.environments,
  gather: async ({ aws, home, accountOf, scope, service }, target): Promise<Facts | undefined> => {
    const checked = await accountOf(target);
    if (checked === undefined) return undefined;
    const services = scope.services.filter(
      ({ repository, name }) => repository === target.repository && name === target.name,
    );
    const families = (await Promise.all(services.map(service))).flatMap(({ taskDefinition }) =>
      typeof taskDefinition === "string" ? [] : (taskDefinition.family ?? []),
    );
    const { region, account } = checked;
    const cluster = `arn:${home.partition}:ecs:${region}:${account}:cluster/${target.environment.cluster}`;
    return {
      environment: target.name,
      families: new Set(families),
      tasks: [...(await tasksOfRules(aws, checked, cluster)), ...(await tasksOfSchedules(aws, checked, cluster))],
    };
  },
  judge: (facts) => (facts === undefined ? [] : judgeSchedules(facts)),
});

export function judgeSchedules({ environment, families, tasks }: Facts): Finding[] {
  const problems = tasks.flatMap(({ source, taskDefinition }) => {
    const [family = "", revision] = (taskDefinition.split("task-definition/").at(-1) ?? "").split(":");
    if (revision !== undefined || !families.has(family)) return [];
    return [problem("environment.schedule-unpinned", environment, `${source} runs the newest revision of ${family}`)];
  });
  return problemsOr(
    problems,
    "schedules",
    environment,
    "no scheduled task in the cluster runs the newest revision of a service's family",
  );
}

async function tasksOfRules(
  aws: AwsReader,
  { clients: { events } }: CheckedAccount,
  TargetArn: string,
): Promise<ScheduledTask[]> {
  const names = await aws.read({ action: "events:ListRuleNamesByTarget", resource: TargetArn }, () =>
    pages(async (NextToken) => {
      const page = await events.send(new ListRuleNamesByTargetCommand({ TargetArn, NextToken }));
      return { items: page.RuleNames ?? [], next: page.NextToken };
    }),
  );
  if (typeof names === "string") return [];
  const found = await inParallel(
    names.map((Rule) => async (): Promise<ScheduledTask[]> => {
      const resource = `rule/${Rule}`;
      const rule = await aws.read({ action: "events:DescribeRule", resource }, () =>
        events.send(new DescribeRuleCommand({ Name: Rule })),
      );
      if (typeof rule !== "string" && rule.State === "DISABLED") return [];
      const targets = await aws.read({ action: "events:ListTargetsByRule", resource }, () =>
        events.send(new ListTargetsByRuleCommand({ Rule })),
      );
      if (typeof targets === "string") return [];
      return (targets.Targets ?? []).flatMap(({ Arn, EcsParameters }) =>
        Arn === TargetArn && EcsParameters?.TaskDefinitionArn !== undefined
          ? { source: `the rule ${Rule}`, taskDefinition: EcsParameters.TaskDefinitionArn }
          : [],
      );
    }),
    maxRequestsAtOnce,
  );
  return found.flat();
}

async function tasksOfSchedules(
  aws: AwsReader,
  { clients: { scheduler } }: CheckedAccount,
  cluster: string,
): Promise<ScheduledTask[]> {
  const all: ReadResult<ScheduleSummary[]> = await aws.read({ action: "scheduler:ListSchedules", resource: "*" }, () =>
    pages(async (NextToken) => {
      const page = await scheduler.send(new ListSchedulesCommand({ NextToken, MaxResults: 100 }));
      return { items: page.Schedules ?? [], next: page.NextToken };
    }),
  );
  if (typeof all === "string") return [];
  const found = await inParallel(
    all
      .filter(({ Target, State }) => Target?.Arn === cluster && State !== "DISABLED")
      .map(({ Name, GroupName }) => async (): Promise<ScheduledTask[]> => {
        const resource = `schedule/${GroupName}/${Name}`;
        const schedule = await aws.read({ action: "scheduler:GetSchedule", resource }, () =>
          scheduler.send(new GetScheduleCommand({ Name, GroupName })),
        );
        const arn = typeof schedule === "string" ? undefined : schedule.Target?.EcsParameters?.TaskDefinitionArn;
        return arn === undefined ? [] : [{ source: `the schedule ${Name}`, taskDefinition: arn }];
      }),
    maxRequestsAtOnce,
  );
  return found.flat();
}

/** Reads all pages of a list. */
async function pages<T>(
  read: (token: string | undefined) => Promise<{ items: readonly T[]; next: string | undefined }>,
): Promise<T[]> {
  const items: T[] = [];
  let token: string | undefined;
  do {
    const page = await read(token);
    items.push(...page.items);
    token = page.next;
  } while (token !== undefined);
  return items;
}
