import { describe, expect, test } from "vitest";
import { lambdaRig, rigStart } from "./lambda-rig.fixture.ts";

describe("the runtime", () => {
  test("does not know what was not registered", async () => {
    const { lambda } = await lambdaRig();
    const arn = "arn:aws:lambda:eu-central-1:111122223333:function:nobody";
    for (const name of ["nobody", arn]) {
      await expect(lambda.invoke(name, {})).rejects.toMatchObject({
        name: "ResourceNotFoundException",
        message: `Function not found: ${arn}`,
        status: 404,
      });
    }
  });

  test("refuses a payload beyond Lambda's limit", async () => {
    const { lambda, define } = await lambdaRig();
    await define("big", `export const handler = async () => 1`);
    await expect(lambda.invoke("big", "x".repeat(6_291_456))).rejects.toMatchObject({
      name: "RequestEntityTooLargeException",
    });
  });

  test("serves a Function URL with the function behind it", async () => {
    const { lambda, define } = await lambdaRig();
    await define(
      "web",
      `export const handler = async (event) => ({ statusCode: 202, headers: { "X-Method": event.requestContext.http.method }, body: event.body });`,
    );
    const url = lambda.functionUrl("web");
    const response = await url({
      method: "POST",
      path: "/hook?a=1",
      headers: { "content-type": "text/plain" },
      body: Buffer.from("hi"),
    });
    expect({ ...response, body: response.body.toString() }).toEqual({
      status: 202,
      headers: { "content-type": "application/json", "x-method": "POST" },
      body: "hi",
    });
  });

  test("tells of every invocation that ended", async () => {
    const { lambda, define } = await lambdaRig();
    const invoke = await define(
      "heard",
      `export const handler = () => new Promise((resolve) => setTimeout(resolve, 5))`,
    );
    const heard: unknown[] = [];
    const stop = lambda.onInvocation((record) => heard.push(record));
    await invoke();
    stop();
    await invoke();
    expect(heard).toEqual([lambda.invocations[0]]);
    expect(heard).toMatchObject([{ functionName: "heard", startedAt: rigStart, durationMs: 5, ok: true }]);
  });
});

describe("a function that takes its time to start", () => {
  const latency = { start: [200, 200], resume: [5, 5], answer: [0, 0] } as const;

  test("has all of its own time from then on", async () => {
    const { define, clock } = await lambdaRig(undefined, latency);
    const invoke = await define(
      "slow",
      `export const handler = (_, context) => new Promise((resolve) => setTimeout(resolve, 1500, context.getRemainingTimeInMillis()))`,
      { timeoutSeconds: 2 },
    );
    expect(await invoke()).toMatchObject({ payload: 2000, durationMs: 1500 });
    expect(clock.now()).toBe(rigStart + 1700);
  });

  test("can be killed before, and never runs then", async () => {
    const { define, lambda, clock, lines } = await lambdaRig(undefined, latency);
    await define("killed", `export const handler = () => console.log("ran")`);
    const result = lambda.invoke("killed", {});
    await clock.advance(100);
    expect(lambda.isAtWork()).toBe(true);
    lambda.close();
    expect(await result).toMatchObject({ ok: false, durationMs: 0 });
    await clock.advance(1000);
    expect(lambda.isAtWork()).toBe(false);
    expect(lines.join()).not.toContain("ran");
  });
});
