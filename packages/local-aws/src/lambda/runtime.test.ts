import { describe, expect, test } from "vitest";
import { lambdaRig, rigStart } from "./lambda-rig.fixture.ts";

describe("the runtime", () => {
  test("refuses a function that is not registered", async () => {
    const { lambda } = await lambdaRig();
    const arn = "arn:aws:lambda:eu-central-1:111122223333:function:missing";
    for (const name of ["missing", arn]) {
      await expect(lambda.invoke(name, {})).rejects.toMatchObject({
        name: "ResourceNotFoundException",
        message: `Function not found: ${arn}`,
        status: 404,
      });
    }
  });

  test("refuses a payload over Lambda's limit", async () => {
    const { lambda, define } = await lambdaRig();
    await define("big", `export const handler = async () => 1`);
    await expect(lambda.invoke("big", "x".repeat(6_291_456))).rejects.toMatchObject({
      name: "RequestEntityTooLargeException",
    });
  });

  test("answers a Function URL with the function's answer", async () => {
    const { lambda, define } = await lambdaRig();
    await define(
      "web",
      `export const handler = async (event) => ({ statusCode: 202, headers: { "X-Method": event.requestContext.http.method }, body: event.body });`,
      { publicUrl: true },
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

  test("has Function URLs only for functions that were registered with one", async () => {
    const { lambda, define } = await lambdaRig();
    const request = { method: "GET", path: "/", headers: {}, body: Buffer.alloc(0) };
    await define("web", `export const handler = async () => "first"`, { publicUrl: true });
    const url = lambda.functionUrl("web");
    await define("web", `export const handler = async () => "second"`, { publicUrl: true });
    expect((await url(request)).body.toString()).toBe("second");
    await define("web", `export const handler = async () => "third"`);
    await expect(url(request)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    expect(() => lambda.functionUrl("web")).toThrow("The resource you requested does not exist.");
  });

  test.each([
    ["the name with its version", "web:$LATEST", true],
    ["a partial ARN", "111122223333:function:web", true],
    ["another version", "web:7", false],
    ["the ARN of another account", "arn:aws:lambda:eu-central-1:444455556666:function:web", false],
    ["the ARN of another region", "arn:aws:lambda:us-east-1:111122223333:function:web", false],
    ["the ARN of another service", "arn:aws:ecs:eu-central-1:111122223333:function:web", false],
  ])("finds a function by %s: %s", async (_, name, found) => {
    const { lambda, define } = await lambdaRig();
    await define("web", `export const handler = async () => 1`);
    const outcome = await Promise.resolve()
      .then(() => lambda.find(name).settings.name)
      .catch((error: unknown) => String(error));
    expect(outcome).toMatch(found ? /^web$/ : /^ResourceNotFoundException: Function not found/);
  });

  test("reports ended invocations to listeners", async () => {
    const { lambda, define } = await lambdaRig();
    const invoke = await define(
      "observed",
      `export const handler = () => new Promise((resolve) => setTimeout(resolve, 5))`,
    );
    const records: unknown[] = [];
    const stop = lambda.onInvocation((record) => records.push(record));
    await invoke();
    stop();
    await invoke();
    expect(records).toEqual([lambda.invocations[0]]);
    expect(records).toMatchObject([{ functionName: "observed", startedAt: rigStart, durationMs: 5, ok: true }]);
  });
});

describe("a function with a start time", () => {
  const latency = { start: [200, 200], resume: [5, 5], answer: [0, 0] } as const;

  test("has its full timeout after the start", async () => {
    const { define, clock } = await lambdaRig(undefined, latency);
    const invoke = await define(
      "slow",
      `export const handler = (_, context) => new Promise((resolve) => setTimeout(resolve, 1500, context.getRemainingTimeInMillis()))`,
      { timeoutSeconds: 2 },
    );
    expect(await invoke()).toMatchObject({ payload: 2000, durationMs: 1500 });
    expect(clock.now()).toBe(rigStart + 1700);
  });

  test("does not run when it is killed during the start", async () => {
    const { define, lambda, clock, lines } = await lambdaRig(undefined, latency);
    await define("killed", `export const handler = () => console.log("ran")`);
    const result = lambda.invoke("killed", {});
    await clock.advance(100);
    expect(lambda.isRunning()).toBe(true);
    lambda.close();
    expect(await result).toMatchObject({ ok: false, durationMs: 0 });
    await clock.advance(1000);
    expect(lambda.isRunning()).toBe(false);
    expect(lines.join()).not.toContain("ran");
  });
});
