import {
  CreateSchedule$,
  type CreateScheduleInput,
  type CreateScheduleOutput,
  GetSchedule$,
  type GetScheduleInput,
  type GetScheduleOutput,
  ListSchedules$,
  type ListSchedulesInput,
  type ListSchedulesOutput,
} from "@aws-sdk/client-scheduler";
import type { ServiceAccess } from "../../protocol/demand.ts";
import { AwsError, notInLocalAws } from "../../protocol/errors.ts";
import { type LocalService, operation, type Parsed } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { paginate } from "../../protocol/pagination.ts";
import { checkSchedule } from "./checks.ts";
import { schedulerConstraints } from "./constraints.ts";

/** docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html */
const schedulerAccess: ServiceAccess = {
  prefix: "scheduler",
  operations: {
    CreateSchedule: { on: ["schedule/{GroupName=default}/{Name}"] },
    GetSchedule: { on: ["schedule/{GroupName=default}/{Name}"] },
    ListSchedules: { on: "*" },
  },
};

type Schedule = { arn: string; createdAt: Date; input: Parsed<CreateScheduleInput> };

const maxListed = 100;
const group = "default";
/** docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html */
const defaultRetries = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 };

/** EventBridge Scheduler's default group. Schedules are stored and listed, but never run. */
export function createScheduler(world: Pick<World, "clock" | "region" | "accountId">): { service: LocalService } {
  const schedules = new Map<string, Schedule>();

  function create(input: Parsed<CreateScheduleInput>): CreateScheduleOutput {
    refuseOtherGroup(input.GroupName);
    checkSchedule(input);
    const { Name } = input;
    if (schedules.has(Name)) throw new AwsError("ConflictException", `Schedule ${Name} already exists.`, 409);
    const arn = `arn:aws:scheduler:${world.region}:${world.accountId}:schedule/${group}/${Name}`;
    schedules.set(Name, { arn, createdAt: new Date(world.clock.now()), input });
    return { ScheduleArn: arn };
  }

  function get({ Name, GroupName }: Parsed<GetScheduleInput>): GetScheduleOutput {
    refuseOtherGroup(GroupName);
    const schedule = schedules.get(Name);
    if (schedule === undefined) {
      throw new AwsError("ResourceNotFoundException", `Schedule ${Name} does not exist.`, 404);
    }
    const { ClientToken: _, ...rest } = schedule.input;
    const RetryPolicy = { ...defaultRetries, ...rest.Target.RetryPolicy };
    return {
      ActionAfterCompletion: "NONE",
      ScheduleExpressionTimezone: "UTC",
      ...rest,
      ...summary(schedule),
      Target: { ...rest.Target, RetryPolicy },
    };
  }

  function list(input: Parsed<ListSchedulesInput>): ListSchedulesOutput {
    refuseOtherGroup(input.GroupName);
    const size = input.MaxResults ?? maxListed;
    const invalidToken = new AwsError("ValidationException", "Invalid NextToken");
    const all = [...schedules.values()].toSorted((a, b) => (a.arn < b.arn ? -1 : 1));
    const { items, nextToken } = paginate(all, { size, nextToken: input.NextToken, invalidToken });
    return {
      Schedules: items.map((schedule) => ({ ...summary(schedule), Target: { Arn: schedule.input.Target.Arn } })),
      NextToken: nextToken,
    };
  }

  return {
    service: {
      name: "scheduler",
      api: {
        protocol: "rest-json",
        constraints: schedulerConstraints,
        operations: {
          CreateSchedule: operation<CreateScheduleInput, CreateScheduleOutput>(
            CreateSchedule$,
            ["Name", "GroupName", "ScheduleExpression", "Target", "FlexibleTimeWindow", "State", "ClientToken"],
            create,
          ),
          GetSchedule: operation<GetScheduleInput, GetScheduleOutput>(GetSchedule$, ["Name", "GroupName"], get),
          ListSchedules: operation<ListSchedulesInput, ListSchedulesOutput>(
            ListSchedules$,
            ["GroupName", "MaxResults", "NextToken"],
            list,
          ),
        },
      },
      access: schedulerAccess,
    },
  };
}

const summary = ({ arn, createdAt, input }: Schedule) => ({
  Arn: arn,
  Name: input.Name,
  GroupName: group,
  State: input.State ?? "ENABLED",
  CreationDate: createdAt,
  LastModificationDate: createdAt,
});

function refuseOtherGroup(name = group): void {
  if (name !== group) throw notInLocalAws(`the schedule group '${name}'`);
}
