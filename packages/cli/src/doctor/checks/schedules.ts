import {
  DescribeRuleCommand,
  ListRuleNamesByTargetCommand,
  ListTargetsByRuleCommand,
} from "@aws-sdk/client-eventbridge";
import { GetScheduleCommand, ListSchedulesCommand, type ScheduleSummary } from "@aws-sdk/client-scheduler";
import type { Asking, Seen } from "../checking/asking.ts";
import { check, inParallel } from "../checking/check.ts";
import { trouble, troublesOr, type Finding } from "../checking/finding.ts";
import type { CheckedAccount } from "../checking/surroundings.ts";

/** Something that runs tasks in a cluster by time or by event. */
type ScheduledTask = { what: string; taskDefinition: string };

type Facts = {
  environment: string;
  /** Families of the services' task definitions. */
  families: ReadonlySet<string>;
  tasks: readonly ScheduledTask[];
};

const mostAtOnce = 4;

/** Does anything else run what Lockmaster registers? Only what targets the environment's own cluster is found. */
export const schedulesCheck = check("schedules", "Scheduled tasks", {
  targets: ({ scope }) => scope.environments,
  gather: async ({ asking, home, place, scope, service }, target): Promise<Facts | undefined> => {
    const where = await place(target);
    if (where === undefined) return undefined;
    const services = scope.services.filter(
      ({ repository, name }) => repository === target.repository && name === target.name,
    );
    const families = (await Promise.all(services.map(service))).flatMap(({ taskDefinition }) =>
      typeof taskDefinition === "string" ? [] : (taskDefinition.family ?? []),
    );
    const { region, account } = where;
    const cluster = `arn:${home.partition}:ecs:${region}:${account}:cluster/${target.environment.cluster}`;
    return {
      environment: target.name,
      families: new Set(families),
      tasks: [...(await tasksOfRules(asking, where, cluster)), ...(await tasksOfSchedules(asking, where, cluster))],
    };
  },
  judge: (facts) => (facts === undefined ? [] : judgeSchedules(facts)),
});

export function judgeSchedules({ environment, families, tasks }: Facts): Finding[] {
  const troubles = tasks.flatMap(({ what, taskDefinition }) => {
    const [family = "", revision] = (taskDefinition.split("task-definition/").at(-1) ?? "").split(":");
    if (revision !== undefined || !families.has(family)) return [];
    return [trouble("environment.schedule-follows", environment, `${what} runs the newest ${family}`)];
  });
  return troublesOr(troubles, "schedules", environment, "no scheduled task in the cluster follows what is released");
}

async function tasksOfRules(
  asking: Asking,
  { clients: { events } }: CheckedAccount,
  TargetArn: string,
): Promise<ScheduledTask[]> {
  const names = await asking.ask({ action: "events:ListRuleNamesByTarget", resource: TargetArn }, () =>
    pages(async (NextToken) => {
      const page = await events.send(new ListRuleNamesByTargetCommand({ TargetArn, NextToken }));
      return { items: page.RuleNames ?? [], next: page.NextToken };
    }),
  );
  if (typeof names === "string") return [];
  const found = await inParallel(
    names.map((Rule) => async (): Promise<ScheduledTask[]> => {
      const resource = `rule/${Rule}`;
      const rule = await asking.ask({ action: "events:DescribeRule", resource }, () =>
        events.send(new DescribeRuleCommand({ Name: Rule })),
      );
      if (typeof rule !== "string" && rule.State === "DISABLED") return [];
      const targets = await asking.ask({ action: "events:ListTargetsByRule", resource }, () =>
        events.send(new ListTargetsByRuleCommand({ Rule })),
      );
      if (typeof targets === "string") return [];
      return (targets.Targets ?? []).flatMap(({ Arn, EcsParameters }) =>
        Arn === TargetArn && EcsParameters?.TaskDefinitionArn !== undefined
          ? { what: `the rule ${Rule}`, taskDefinition: EcsParameters.TaskDefinitionArn }
          : [],
      );
    }),
    mostAtOnce,
  );
  return found.flat();
}

async function tasksOfSchedules(
  asking: Asking,
  { clients: { scheduler } }: CheckedAccount,
  cluster: string,
): Promise<ScheduledTask[]> {
  const all: Seen<ScheduleSummary[]> = await asking.ask({ action: "scheduler:ListSchedules", resource: "*" }, () =>
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
        const schedule = await asking.ask({ action: "scheduler:GetSchedule", resource }, () =>
          scheduler.send(new GetScheduleCommand({ Name, GroupName })),
        );
        const arn = typeof schedule === "string" ? undefined : schedule.Target?.EcsParameters?.TaskDefinitionArn;
        return arn === undefined ? [] : [{ what: `the schedule ${Name}`, taskDefinition: arn }];
      }),
    mostAtOnce,
  );
  return found.flat();
}

/** All of a listing. */
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
