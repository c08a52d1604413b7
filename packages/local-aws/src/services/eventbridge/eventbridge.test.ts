import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { describe, expect, test } from "vitest";
import { AwsError } from "../../protocol/errors.ts";
import { failureOf, startWire } from "../../protocol/wire.fixture.ts";
import type { ScenarioInput } from "../../scenario/scenario.ts";
import { virtualClock } from "../../clock/virtual-clock.ts";
import type { InvocationResult, ServiceEvent } from "../../world/world.ts";
import { createEventBridge } from "./eventbridge.ts";

type EventRule = NonNullable<ScenarioInput["events"]>[number];

const functionArn = "arn:aws:lambda:us-east-1:111122223333:function:build-finished";
const finished: ServiceEvent = {
  source: "aws.codebuild",
  detailType: "CodeBuild Build State Change",
  resources: ["arn:build"],
  detail: { "build-status": "FAILED" },
};
const succeeded: InvocationResult = { ok: true, payload: null, durationMs: 1 };
const failed: InvocationResult = { ok: false, error: { errorType: "Error", errorMessage: "no" }, durationMs: 1 };

type Options = { events?: EventRule[]; invoke?: (attempt: number) => Promise<InvocationResult> };

async function setUp({ events = [], invoke = () => Promise.resolve(succeeded) }: Options = {}) {
  const clock = virtualClock();
  const start = clock.now();
  const invocations: { afterMs: number; functionArn: string; event: unknown }[] = [];
  const bridge = createEventBridge(
    {
      clock,
      region: "us-east-1",
      accountId: "111122223333",
      random: () => 0,
      invoke: (functionArn, event) => {
        invocations.push({ afterMs: clock.now() - start, functionArn, event });
        return invoke(invocations.length);
      },
    },
    { events },
  );
  const wire = await startWire({ services: [bridge.service] }, clock);
  const sdk = new EventBridgeClient(wire.client);
  return { clock, bridge, sdk, invocations };
}

async function listen(sdk: EventBridgeClient, pattern: unknown = { source: ["aws.codebuild"] }): Promise<void> {
  await sdk.send(new PutRuleCommand({ Name: "finished", EventPattern: JSON.stringify(pattern) }));
  await sdk.send(new PutTargetsCommand({ Rule: "finished", Targets: [{ Id: "function", Arn: functionArn }] }));
}

describe("an event of a service", () => {
  test("is not delivered while its rule is disabled, nor after the rule is enabled again", async () => {
    const { clock, bridge, sdk, invocations } = await setUp();
    await listen(sdk);
    await sdk.send(new DisableRuleCommand({ Name: "finished" }));
    expect(await sdk.send(new DescribeRuleCommand({ Name: "finished" }))).toMatchObject({ State: "DISABLED" });
    bridge.emit(finished);
    await clock.advance(60_000);
    await sdk.send(new EnableRuleCommand({ Name: "finished" }));
    await clock.advance(60_000);
    expect(invocations).toEqual([]);
    bridge.emit(finished);
    await clock.advance(60_000);
    expect(invocations).toHaveLength(1);
    expect(await failureOf(sdk.send(new EnableRuleCommand({ Name: "other" })))).toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test("is delivered to the function in AWS's envelope", async () => {
    const { clock, bridge, sdk, invocations } = await setUp();
    await listen(sdk);

    bridge.emit(finished);
    await clock.advance(1000);

    expect(invocations).toEqual([
      {
        afterMs: 500,
        functionArn,
        event: {
          version: "0",
          id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
          "detail-type": "CodeBuild Build State Change",
          source: "aws.codebuild",
          account: "111122223333",
          time: "2026-01-05T09:00:00Z",
          region: "us-east-1",
          resources: ["arn:build"],
          detail: { "build-status": "FAILED" },
        },
      },
    ]);
  });

  test("is not delivered when no rule matches or the rule is disabled", async () => {
    const { clock, bridge, sdk, invocations } = await setUp();
    await listen(sdk, { source: ["aws.ecs"] });
    await listen(sdk);
    await sdk.send(
      new PutRuleCommand({ Name: "finished", EventPattern: '{"source":["aws.codebuild"]}', State: "DISABLED" }),
    );

    bridge.emit(finished);
    await clock.advance(1000);

    expect(invocations).toEqual([]);
  });

  test("is passed to listeners at once, whether or not a rule matches", async () => {
    const { bridge } = await setUp();
    const sources: string[] = [];
    bridge.onEvent(({ source }) => sources.push(source));

    bridge.emit(finished);

    expect(sources).toEqual(["aws.codebuild"]);
  });
});

describe("a function that fails", () => {
  test.each([
    ["is retried after one minute and after two more minutes, then no more", () => failed, [500, 60_500, 180_500]],
    ["is not retried after it succeeded", (attempt: number) => (attempt < 2 ? failed : succeeded), [500, 60_500]],
  ])("%s", async (_, outcome, times) => {
    const { clock, bridge, sdk, invocations } = await setUp({ invoke: (attempt) => Promise.resolve(outcome(attempt)) });
    await listen(sdk);

    bridge.emit(finished);
    await clock.advance(3_600_000);

    expect(invocations.map(({ afterMs }) => afterMs)).toEqual(times);
  });

  test("is not retried when the function does not exist", async () => {
    const { clock, bridge, sdk, invocations } = await setUp({
      invoke: () => Promise.reject(new AwsError("ResourceNotFoundException", "Function not found", 404)),
    });
    await listen(sdk);

    bridge.emit(finished);
    await clock.advance(3_600_000);

    expect(invocations).toHaveLength(1);
  });
});

describe("a scenario", () => {
  const rule = { source: "aws.codebuild", detailType: "CodeBuild Build State Change" };
  test.each<[string, EventRule, number[]]>([
    ["loses an event", { ...rule, happens: "lost" }, []],
    ["delays it", { ...rule, happens: "delayed", delaySeconds: 60 }, [60_500, 60_500]],
    ["duplicates it", { ...rule, happens: "doubled", delaySeconds: 2 }, [500, 500, 2500, 2500]],
    ["does so for the configured number of times", { ...rule, happens: "lost", times: 1 }, [500]],
    ["does not affect other events", { ...rule, source: "aws.ecs", happens: "lost" }, [500, 500]],
  ])("%s", async (_, event, times) => {
    const { clock, bridge, sdk, invocations } = await setUp({ events: [event] });
    await listen(sdk);

    bridge.emit(finished);
    bridge.emit(finished);
    await clock.advance(3_600_000);

    expect(invocations.map(({ afterMs }) => afterMs)).toEqual(times);
  });
});

describe("PutEvents", () => {
  test("delivers valid entries and returns an error for each invalid entry", async () => {
    const { clock, sdk, invocations } = await setUp();
    await listen(sdk, { source: ["shop"], detail: { release: ["r1"] } });
    const entry = { Source: "shop", DetailType: "Release Succeeded", Detail: '{"release":"r1"}' };

    const answer = await sdk.send(
      new PutEventsCommand({
        Entries: [
          { ...entry, Time: new Date("2026-01-01T00:00:00Z") },
          { ...entry, Detail: "[]" },
          { ...entry, Source: "aws.ecs" },
          { ...entry, Source: undefined },
        ],
      }),
    );
    await clock.advance(1000);

    expect(answer).toMatchObject({
      FailedEntryCount: 3,
      Entries: [
        { EventId: expect.any(String) },
        { ErrorCode: "MalformedDetail" },
        { ErrorCode: "NotAuthorizedForSourceException" },
        { ErrorCode: "InvalidArgument", ErrorMessage: expect.stringContaining("Source is a required argument") },
      ],
    });
    expect(invocations.map(({ event }) => event)).toMatchObject([
      { time: "2026-01-01T00:00:00Z", resources: [], detail: { release: "r1" } },
    ]);
  });
});

describe("PutEvents counts the bytes of all entries", () => {
  const million = 1024 * 1024;
  const rest = { Source: "shop", DetailType: "Tänze" };
  /** An entry with this size: Source 4, DetailType 6, and Detail. */
  const entry = (bytes: number) => ({ ...rest, Detail: `{"a":"${"x".repeat(bytes - 10 - 8)}"}` });

  const tooLarge = "ValidationException: Total size of the entries in the request is over the limit.";

  test.each<[string, object[], string]>([
    ["1 MiB", [entry(million)], "accepted"],
    ["1 MiB in two entries", [entry(million / 2), entry(million / 2)], "accepted"],
    ["one more byte", [entry(million + 1)], tooLarge],
    ["one more byte in two entries", [entry(million / 2), entry(million / 2 + 1)], tooLarge],
    ["the 14 bytes of a time", [{ ...entry(million - 13), Time: new Date(0) }], tooLarge],
    ["resources", [{ ...entry(million - 3), Resources: ["ab", "cd"] }], tooLarge],
  ])("%s", async (_, entries, outcome) => {
    const { sdk } = await setUp();
    const answer = sdk.send(new PutEventsCommand({ Entries: entries }));
    expect(
      await answer.then(
        () => "accepted",
        (error: unknown) => String(error),
      ),
    ).toBe(outcome);
  });

  test("of entries for the default bus, which may be named by its ARN", async () => {
    const { sdk } = await setUp();
    const EventBusName = "arn:aws:events:us-east-1:111122223333:event-bus/default";
    await sdk.send(new PutRuleCommand({ Name: "by-arn", EventPattern: '{"a":[1]}', EventBusName }));
    expect(await sdk.send(new DescribeRuleCommand({ Name: "by-arn", EventBusName }))).toMatchObject({ Name: "by-arn" });
    expect(await sdk.send(new PutEventsCommand({ Entries: [{ ...entry(100), EventBusName }] }))).toMatchObject({
      FailedEntryCount: 0,
    });
  });
});

describe("quotas", () => {
  test("of 300 rules, and of a pattern of 2048 characters", async () => {
    const { sdk } = await setUp();
    const put = (Name: string, length = 20) =>
      sdk.send(new PutRuleCommand({ Name, EventPattern: `{"a":["${"x".repeat(length - 10)}"]}` }));
    expect(await failureOf(put("long", 2049))).toMatchObject({ name: "LimitExceededException" });
    await put("long", 2048);
    for (let index = 1; index < 300; index += 1) await put(`rule-${index}`);
    expect(await failureOf(put("another"))).toMatchObject({ name: "LimitExceededException" });
    await put("rule-1", 30);
  });
});

describe("rules", () => {
  test("are described and listed with their settings", async () => {
    const { sdk } = await setUp();
    await listen(sdk);
    const rule = {
      Name: "finished",
      Arn: "arn:aws:events:us-east-1:111122223333:rule/finished",
      EventPattern: '{"source":["aws.codebuild"]}',
      State: "ENABLED",
      EventBusName: "default",
    };

    expect(await sdk.send(new DescribeRuleCommand({ Name: "finished" }))).toMatchObject(rule);
    expect((await sdk.send(new ListRulesCommand({ NamePrefix: "fin" }))).Rules).toEqual([rule]);
    expect((await sdk.send(new ListRulesCommand({ NamePrefix: "other" }))).Rules).toEqual([]);
    expect((await sdk.send(new ListTargetsByRuleCommand({ Rule: "finished" }))).Targets).toEqual([
      { Id: "function", Arn: functionArn },
    ]);
  });

  test.each([
    ["another bus", new PutRuleCommand({ Name: "a", EventPattern: '{"a":[1]}', EventBusName: "b" }), "NotInLocalAws"],
    ["a cron schedule", new PutRuleCommand({ Name: "a", ScheduleExpression: "cron(0 9 * * ? *)" }), "NotInLocalAws"],
    ["neither pattern nor schedule", new PutRuleCommand({ Name: "a" }), "ValidationException"],
    ["a bad name", new PutRuleCommand({ Name: "a b", EventPattern: '{"a":[1]}' }), "ValidationException"],
    ["a bad pattern", new PutRuleCommand({ Name: "a", EventPattern: "{}" }), "InvalidEventPatternException"],
  ])("refuses %s", async (_, command, name) => {
    const { sdk } = await setUp();
    expect(await failureOf(sdk.send(command))).toMatchObject({ name });
  });

  test.each([
    [
      "a rule that does not exist",
      { Rule: "other", Targets: [{ Id: "a", Arn: functionArn }] },
      "ResourceNotFoundException",
    ],
    ["no targets", { Rule: "finished", Targets: [] }, "ValidationException"],
    ["an invalid id", { Rule: "finished", Targets: [{ Id: "a b", Arn: functionArn }] }, "ValidationException"],
    ["a target without a valid ARN", { Rule: "finished", Targets: [{ Id: "a", Arn: "arn:q" }] }, "ValidationException"],
    [
      "a target that is not a function",
      { Rule: "finished", Targets: [{ Id: "a", Arn: "arn:aws:sqs:us-east-1:111122223333:queue" }] },
      "NotInLocalAws",
    ],
    ["a constant input", { Rule: "finished", Targets: [{ Id: "a", Arn: functionArn, Input: "{}" }] }, "NotInLocalAws"],
    [
      "more than five targets",
      { Rule: "finished", Targets: ["a", "b", "c", "d", "e"].map((Id) => ({ Id, Arn: functionArn })) },
      "LimitExceededException",
    ],
  ])("refuses targets: %s", async (_, input, name) => {
    const { sdk } = await setUp();
    await listen(sdk);
    expect(await failureOf(sdk.send(new PutTargetsCommand(input)))).toMatchObject({ name });
  });
});
