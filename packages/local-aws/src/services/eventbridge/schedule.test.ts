import { DescribeRuleCommand, EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { expect, test } from "vitest";
import { failureOf, startWire } from "../../protocol/wire.fixture.ts";
import { virtualClock } from "../../clock/virtual-clock.ts";
import { createEventBridge } from "./eventbridge.ts";
import { rateMs } from "./schedule.ts";

const functionArn = "arn:aws:lambda:us-east-1:111122223333:function:reconcile";

async function setUp() {
  const clock = virtualClock();
  const start = clock.now();
  const invocations: { afterMs: number; event: unknown }[] = [];
  const bridge = createEventBridge({
    clock,
    region: "us-east-1",
    accountId: "111122223333",
    random: () => 0,
    invoke: (_, event) => {
      invocations.push({ afterMs: clock.now() - start, event });
      return Promise.resolve({ ok: true, payload: null, durationMs: 1 });
    },
  });
  const wire = await startWire({ services: [bridge.service] }, clock);
  const sdk = new EventBridgeClient(wire.client);
  const put = async (ScheduleExpression: string, State: "ENABLED" | "DISABLED" = "ENABLED") => {
    await sdk.send(new PutRuleCommand({ Name: "tick", ScheduleExpression, State }));
    await sdk.send(new PutTargetsCommand({ Rule: "tick", Targets: [{ Id: "function", Arn: functionArn }] }));
  };
  return { clock, bridge, sdk, put, times: () => invocations.map(({ afterMs }) => afterMs / 60_000), invocations };
}

test("a rule with a schedule invokes its target periodically with EventBridge's event", async () => {
  const { clock, sdk, put, times, invocations } = await setUp();
  await put("rate(5 minutes)");
  await clock.advance(16 * 60_000);
  expect(times()).toEqual([5, 10, 15]);
  expect(invocations[0]?.event).toMatchObject({
    source: "aws.events",
    "detail-type": "Scheduled Event",
    resources: ["arn:aws:events:us-east-1:111122223333:rule/tick"],
    time: "2026-01-05T09:05:00Z",
    detail: {},
  });
  const described = await sdk.send(new DescribeRuleCommand({ Name: "tick" }));
  expect(described).toMatchObject({ ScheduleExpression: "rate(5 minutes)" });
  expect(described.EventPattern).toBeUndefined();
});

test("a rule uses its latest schedule only, does not run while disabled, and stops on close", async () => {
  const { clock, bridge, put, times } = await setUp();
  await put("rate(5 minutes)");
  await clock.advance(60_000);
  await put("rate(1 hour)");
  await clock.advance(60 * 60_000);
  expect(times()).toEqual([61]);
  await put("rate(1 minute)", "DISABLED");
  await clock.advance(10 * 60_000);
  expect(times()).toEqual([61]);
  await put("rate(1 minute)");
  bridge.close();
  await clock.advance(10 * 60_000);
  expect(times()).toEqual([61]);
});

test.each([
  ["rate(1 minute)", 60_000],
  ["rate(2 hours)", 7_200_000],
  ["rate(1 day)", 86_400_000],
])("%s", (expression, ms) => {
  expect(rateMs(expression)).toBe(ms);
});

test.each(["rate(1 minutes)", "rate(5 minute)", "rate(0 minutes)", "rate(1 second)", "every 5 minutes"])(
  "%s is refused",
  async (ScheduleExpression) => {
    const { sdk } = await setUp();
    const failure = await failureOf(sdk.send(new PutRuleCommand({ Name: "a", ScheduleExpression })));
    expect(failure).toMatchObject({
      name: "ValidationException",
      message: "Parameter ScheduleExpression is not valid.",
    });
  },
);
