import { expect, test } from "vitest";
import { mergeEarlierAttempt } from "./merge-earlier-attempt.ts";

const before = { taskDefinition: "api:1", digests: { api: "sha256:old" }, desiredCount: 2 };
const intent = { at: "2026-01-05T09:00:00.000Z", taskDefinition: "api:2", deploymentId: "ecs-svc/2" };
const earlier = { snapshot: { api: before }, intents: { api: intent } };
const now = (taskDefinition: string) => ({ taskDefinition, digests: { api: "sha256:now" }, desiredCount: 3 });

test.each([
  ["at the first attempt", undefined, "api:1"],
  ["after the earlier attempt was rolled back", earlier, "api:1"],
  ["when another tool has deployed since", earlier, "api:3"],
  ["when the earlier attempt changed nothing", { snapshot: { api: before } }, "api:1"],
])("the rollback target is what runs now %s", (_, record, running) => {
  expect(mergeEarlierAttempt(record, { api: now(running) })).toEqual({ snapshot: { api: now(running) }, intents: {} });
});

test.each([
  ["what ran before that attempt", before],
  ["absent, when that attempt had no rollback target either", { digests: {}, desiredCount: 2 }],
])("while the service runs the earlier attempt's task definition, the rollback target is %s", (_, target) => {
  const record = { snapshot: { api: target }, intents: { api: intent } };
  expect(mergeEarlierAttempt(record, { api: now("api:2") })).toEqual({
    snapshot: { api: { ...target, desiredCount: 3 } },
    intents: { api: intent },
  });
});
