import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { describe, expect, test, vi } from "vitest";
import { failureOf } from "./protocol/wire.fixture.ts";
import { startLocalAws } from "./start-local-aws.ts";
import { virtualClock } from "./clock/virtual-clock.ts";

describe("a defect of the local AWS", () => {
  test("is reported to the caller and on stderr, and makes close fail", async () => {
    const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const aws = await startLocalAws({ clock: virtualClock() });
    aws.onEvent(() => {
      throw new TypeError("oops");
    });
    const events = new EventBridgeClient({ ...aws.clientConfig(), maxAttempts: 1 });
    const Entries = [{ Source: "test", DetailType: "Test", Detail: "{}" }];

    expect(await failureOf(events.send(new PutEventsCommand({ Entries })))).toMatchObject({
      name: "InternalFailure",
      message: expect.stringContaining("A defect of the local AWS in events:PutEvents"),
    });
    expect(stderr.mock.calls.flat().join("")).toContain("TypeError: oops");
    await expect(aws.close()).rejects.toThrow("The local AWS has defects");
    stderr.mockRestore();
  });
});
