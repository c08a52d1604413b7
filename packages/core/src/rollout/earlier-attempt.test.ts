import { expect, test } from "vitest";
import { withEarlierAttempt } from "./earlier-attempt.ts";

const before = { taskDefinition: "api:1", digests: { api: "sha256:old" }, desiredCount: 2 };
const intent = { at: "2026-01-05T09:00:00.000Z", taskDefinition: "api:2", deploymentId: "ecs-svc/2" };
const earlier = { snapshot: { api: before }, intents: { api: intent } };
const now = (taskDefinition: string) => ({ taskDefinition, digests: { api: "sha256:now" }, desiredCount: 3 });

test.each([
  ["at the first attempt", undefined, "api:1"],
  ["once the earlier attempt has gone back", earlier, "api:1"],
  ["when somebody else has deployed since", earlier, "api:3"],
  ["when the earlier attempt touched nothing", { snapshot: { api: before } }, "api:1"],
])("goes back to what runs now %s", (_, record, running) => {
  expect(withEarlierAttempt(record, { api: now(running) })).toEqual({ snapshot: { api: now(running) }, intents: {} });
});

test.each([
  ["what ran before the earlier attempt", before],
  ["nowhere, when there was nothing before it either", { digests: {}, desiredCount: 2 }],
])("while the service runs what that put there, goes back to %s", (_, target) => {
  const record = { snapshot: { api: target }, intents: { api: intent } };
  expect(withEarlierAttempt(record, { api: now("api:2") })).toEqual({
    snapshot: { api: { ...target, desiredCount: 3 } },
    intents: { api: intent },
  });
});
