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
