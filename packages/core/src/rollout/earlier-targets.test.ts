import { expect, test } from "vitest";
import { withEarlierTargets } from "./earlier-targets.ts";

const at = "2026-01-05T09:00:00.000Z";
const before = { taskDefinition: "api:1", digests: { api: "sha256:old" }, desiredCount: 2 };
const now = (taskDefinition: string) => ({ taskDefinition, digests: { api: "sha256:now" }, desiredCount: 3 });

test.each([
  ["what runs now, at the first attempt", undefined, now("api:1"), now("api:1")],
  [
    "what ran before the earlier attempt, while the service runs what that put there",
    { snapshot: { api: before }, intents: { api: { at, taskDefinition: "api:2" } } },
    now("api:2"),
    { ...before, desiredCount: 3 },
  ],
  [
    "what runs now, once the earlier attempt has gone back",
    { snapshot: { api: before }, intents: { api: { at, taskDefinition: "api:2" } } },
    now("api:1"),
    now("api:1"),
  ],
  [
    "what somebody else has deployed since",
    { snapshot: { api: before }, intents: { api: { at, taskDefinition: "api:2" } } },
    now("api:3"),
    now("api:3"),
  ],
  [
    "what runs now, when the earlier attempt touched nothing",
    { snapshot: { api: before } },
    now("api:1"),
    now("api:1"),
  ],
  [
    "nowhere, when there was nothing before the earlier attempt either",
    { snapshot: { api: { digests: {}, desiredCount: 2 } }, intents: { api: { at, taskDefinition: "api:2" } } },
    now("api:2"),
    { digests: {}, desiredCount: 3 },
  ],
])("goes back to %s", (_, record, current, target) => {
  expect(withEarlierTargets(record, { api: current })).toEqual({ api: target });
});
