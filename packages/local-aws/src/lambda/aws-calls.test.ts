import type { ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { answer, ecsFunction, lambdaRig, rigStart, sdk, turns } from "./lambda-rig.fixture.ts";

describe("a function that calls AWS", () => {
  test("is identified by its access key, also when several functions run at once", async () => {
    const seen: unknown[] = [];
    const world = await lambdaRig((_, response, key) => {
      seen.push(world.lambda.callerOf(key));
      answer(response, 200, { clusters: [] });
    });
    await world.define("one", ecsFunction);
    await world.define("two", ecsFunction);
    const both = Promise.all([world.lambda.invoke("one", {}), world.lambda.invoke("two", {})]);
    expect(await both).toMatchObject([{ payload: { clusters: [] } }, { payload: { clusters: [] } }]);
    expect(seen).toHaveLength(2);
    expect(seen).toEqual(
      expect.arrayContaining(
        ["one", "two"].map((functionName) => expect.objectContaining({ kind: "function", functionName })),
      ),
    );
    expect(world.lambda.callerOf("AKIAOUTSIDE")).toBeUndefined();
  });

  test("backs off on the clock when it is throttled", async () => {
    let requests = 0;
    const { define, clock } = await lambdaRig((_, response) => {
      requests += 1;
      answer(response, 400, { __type: "ThrottlingException", message: "Rate exceeded" });
    });
    expect(await (await define("throttled", ecsFunction))()).toMatchObject({
      payload: { error: "ThrottlingException", attempts: 3 },
    });
    expect(requests).toBe(3);
    expect(clock.now()).toBeGreaterThan(rigStart + 50);
  });

  test("reaches the request timeout three times when the server delays the reply", async () => {
    const world = await lambdaRig((_, response, key) => {
      const resume = world.park(key);
      response.once("close", resume);
    });
    const result = await (await world.define("hanging", ecsFunction))();
    expect(result).toMatchObject({ payload: { error: "TimeoutError" } });
    expect(result.durationMs).toBeGreaterThan(15_000);
    expect(result.durationMs).toBeLessThan(20_000);
  });

  test("ends at the function's timeout when that is earlier, and its connection is closed", async () => {
    let closed = 0;
    const world = await lambdaRig((_, response, key) => {
      world.park(key);
      response.once("close", () => (closed += 1));
    });
    const result = await (await world.define("cut", ecsFunction, { timeoutSeconds: 3 }))();
    expect(result).toMatchObject({ durationMs: 3000, error: { errorType: "Sandbox.Timedout" } });
    await world.clock.waitUntilQuiet();
    expect(closed).toBe(1);
  });

  test("holds the clock during a request, regardless of the server's time", async () => {
    const pending: ServerResponse[] = [];
    const { define, clock } = await lambdaRig((_, response) => void pending.push(response));
    const result = (await define("busy", ecsFunction))();
    while (pending.length === 0) await setImmediate();
    await turns();
    expect(clock.now()).toBe(rigStart);
    for (const response of pending) answer(response, 200, { clusters: [] });
    expect(await result).toMatchObject({ ok: true, durationMs: 0 });
  });

  test("lets time pass only when all of its replies are delayed", async () => {
    const pending: { response: ServerResponse; key: string }[] = [];
    const { define, clock, park } = await lambdaRig((_, response, key) => void pending.push({ response, key }));
    const invoke = await define(
      "parallel",
      `
      import * as http from "node:http";
      import { DescribeClustersCommand, ECSClient } from ${sdk("client-ecs")};
      const client = new ECSClient({ maxAttempts: 1, requestHandler: { requestTimeout: 5000, throwOnRequestTimeout: true } });
      const call = () => client.send(new DescribeClustersCommand({})).then(() => "answered", (error) => error.name);
      export const handler = () => Promise.all([call(), call()]);`,
    );
    const result = invoke();
    while (pending.length < 2) await setImmediate();
    park(pending[0]?.key ?? "");
    await turns();
    expect(clock.now()).toBe(rigStart);

    const second = pending[1]?.response;
    if (second !== undefined) answer(second, 200, {});
    expect((await result).ok && (await result)).toMatchObject({ durationMs: 5000 });
    expect(await result).toMatchObject({ payload: expect.arrayContaining(["answered", "TimeoutError"]) });
  });

  test("can be killed during a request, and then does nothing more", async () => {
    const requests: string[] = [];
    const { define, lambda, clock, lines } = await lambdaRig((_, _response, key) => void requests.push(key));
    await define("victim", ecsFunction);
    const result = lambda.invoke("victim", {});
    while (requests.length === 0) await setImmediate();
    const caller = lambda.callerOf(requests[0] ?? "");
    const id = caller?.kind === "function" ? caller.invocationId : "";
    expect(lambda.kill(id)).toBe(true);
    expect(await result).toMatchObject({
      ok: false,
      error: { errorType: "Runtime.ExitError", errorMessage: expect.stringContaining("signal: killed") },
    });
    const ended = lines.length;
    await clock.advance(60_000);
    expect([requests.length, lines.length, lambda.kill(id)]).toEqual([1, ended, false]);
  });
});
