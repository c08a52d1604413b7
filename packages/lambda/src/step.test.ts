import { RejectedError, RetryableError } from "@lockmaster/core/lib/errors.ts";
import * as v from "valibot";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { captureLog, lambdaContext } from "./invocation.fixture.ts";
import { step } from "./step.ts";

const context = lambdaContext({ remainingMs: 1234 });

const Input = v.object({
  release: v.object({ id: v.string(), repository: v.string(), environment: v.string() }),
  services: v.array(v.object({ name: v.string() })),
});
const event = {
  release: { id: "shop-staging-1", repository: "acme/shop", environment: "staging" },
  services: [{ name: "frontend" }],
};

let lines: readonly Record<string, unknown>[];
beforeEach(() => {
  lines = captureLog();
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("step", () => {
  test("runs the step on the checked event and returns its result", async () => {
    const handler = step(Input, ({ services }, { remainingMs, requestId }) => ({
      first: services[0]?.name,
      remaining: remainingMs(),
      requestId,
    }));

    expect(await handler(event, context)).toEqual({ first: "frontend", remaining: 1234, requestId: "request-1" });
  });

  test("rejects an invalid event with an error that names every offending path, before the step runs", async () => {
    let ran = false;
    const handler = step(Input, () => {
      ran = true;
    });

    const wrong = { release: { id: 7, repository: "acme/shop" }, services: [{}] };
    await expect(handler(wrong, context)).rejects.toMatchObject({
      name: "InvalidInputError",
      code: "INPUT_INVALID",
      message: expect.stringMatching(/release\.id: .*release\.environment: .*services\[0\]\.name: /),
    });
    expect(ran).toBe(false);
  });

  test("rethrows errors unchanged, because the state machine compares their names", async () => {
    for (const error of [new RetryableError("later", { code: "AWS_UNAVAILABLE" }), new TypeError("a bug")]) {
      const handler = step(Input, () => Promise.reject(error));
      await expect(handler(event, context)).rejects.toBe(error);
    }
  });

  test.each([
    ["ASCII", "x".repeat(3_000)],
    ["quotation marks", '"'.repeat(3_000)],
    ["emoji", "\u{1f680}".repeat(3_000)],
    ["a short text", "short"],
  ])("shortens the error of a step that runs for many services: %s", async (_, text) => {
    const error = new RejectedError(text, { code: "AWS_REFUSED" });
    const stack = error.stack ?? "";
    const handler = step(Input, () => Promise.reject(error), { maxMessageBytes: 1_000 });
    await expect(handler(event, context)).rejects.toBe(error);
    expect(error.name).toBe("RejectedError");
    expect(error.message).toMatch(/^AWS_REFUSED: /);
    expect(error.stack).toBe("RejectedError");
    expect(Buffer.byteLength(JSON.stringify(JSON.stringify(error.message)))).toBeLessThanOrEqual(1_000);
    const line = lines.find(({ level }) => level === "ERROR");
    expect(line).toMatchObject({ error: { message: `AWS_REFUSED: ${text}` } });
    expect(stack).toContain("step.test.ts");
  });

  test("logs the result or the error with the release, as one JSON line", async () => {
    await step(Input, () => ({ state: "healthy" }))(event, context);
    await step(Input, () => Promise.reject(new RetryableError("later", { code: "AWS_UNAVAILABLE" })))(
      event,
      context,
    ).catch(() => {});

    const named = { releaseId: "shop-staging-1", repository: "acme/shop", environment: "staging" };
    expect(lines).toEqual([
      expect.objectContaining({
        ...named,
        level: "INFO",
        outcome: { state: "healthy" },
        function_request_id: "request-1",
      }),
      expect.objectContaining({ ...named, level: "ERROR", error: expect.objectContaining({ name: "RetryableError" }) }),
    ]);
  });

  test("logs the release of an event that it rejects", async () => {
    await step(Input, () => {})(
      { execution: { name: "e-1" }, input: { repository: "acme/shop", environment: 3 } },
      context,
    ).catch(() => {});

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: "ERROR", releaseId: "e-1", repository: "acme/shop" });
    expect(lines[0]).not.toHaveProperty("environment");
  });
});
