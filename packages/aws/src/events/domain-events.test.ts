import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, expect, test } from "vitest";
import { eventbridgeEvents } from "./domain-events.ts";

const client = new EventBridgeClient({ region: "us-east-1" });
const answers = mockClient(client);
const events = eventbridgeEvents(client);

beforeEach(() => {
  answers.reset();
});

test("publishes an event with the source lockmaster", async () => {
  answers.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] });

  await events.publish("Release Succeeded", { version: "1" });

  expect(answers.commandCalls(PutEventsCommand)[0]?.args[0].input).toEqual({
    Entries: [{ Source: "lockmaster", DetailType: "Release Succeeded", Detail: '{"version":"1"}' }],
  });
});

test("fails when EventBridge rejects the entry in an answer of status 200", async () => {
  answers.on(PutEventsCommand).resolves({
    FailedEntryCount: 1,
    Entries: [{ ErrorCode: "InternalFailure", ErrorMessage: "Unexpected error" }],
  });

  await expect(events.publish("Release Succeeded", {})).rejects.toMatchObject({
    name: "SideEffectError",
    code: "EVENT_NOT_PUBLISHED",
    message: expect.stringContaining("InternalFailure: Unexpected error"),
  });
});

test("reports every error as a SideEffectError", async () => {
  answers.on(PutEventsCommand).rejects(Object.assign(new Error("no"), { name: "AccessDeniedException" }));

  await expect(events.publish("Release Succeeded", {})).rejects.toMatchObject({ name: "SideEffectError" });
});
