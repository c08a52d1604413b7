import { describe, expect, onTestFinished, test } from "vitest";
import { lambdaRig, rigStart } from "./lambda-rig.fixture.ts";

describe("a function", () => {
  test("receives event and context, and its answer is converted to JSON", async () => {
    const { define, lines } = await lambdaRig();
    const invoke = await define(
      "greet",
      `export const handler = async (event, context) => ({
      hello: event.name, when: new Date(0), nothing: undefined, arn: context.invokedFunctionArn, left: context.getRemainingTimeInMillis() });`,
    );
    expect(await invoke({ name: "shop", secret: undefined })).toEqual({
      ok: true,
      payload: {
        hello: "shop",
        when: "1970-01-01T00:00:00.000Z",
        arn: "arn:aws:lambda:eu-central-1:111122223333:function:greet",
        left: 30_000,
      },
      durationMs: 0,
    });
    expect(lines.map((line) => line.split(/[:\t]/)[0])).toEqual([
      "/aws/lambda/greet START RequestId",
      "/aws/lambda/greet END RequestId",
      "/aws/lambda/greet REPORT RequestId",
    ]);
  });

  test("has all of Node's timers and times on the clock", async () => {
    const { define, clock } = await lambdaRig();
    const invoke = await define(
      "sleeper",
      `
      import { setTimeout as wait } from "node:timers/promises";
      import * as timers from "node:timers";
      import { promisify } from "node:util";
      export const handler = async () => {
        const began = Date.now(), mark = performance.now();
        await new Promise((resolve) => setTimeout(resolve, 1000));
        await wait(2000);
        await promisify(timers.setTimeout)(3000);
        await new Promise((resolve) => setImmediate(resolve));
        const never = setTimeout(() => { throw new Error("cleared"); }, 10);
        clearTimeout(+never);
        let ticks = 0;
        await new Promise((resolve) => { const i = setInterval(() => { if (++ticks === 3) { clearInterval(i); resolve(); } }, 1000); });
        const signal = AbortSignal.timeout(1000);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        return { took: Date.now() - began, measured: performance.now() - mark, at: new Date().toISOString(),
          text: typeof Date(), isDate: new Date() instanceof Date, reason: signal.reason.name, uptime: process.uptime() };
      };`,
    );
    expect(await invoke()).toMatchObject({
      ok: true,
      durationMs: 10_000,
      payload: {
        took: 10_000,
        measured: 10_000,
        at: "2026-01-05T09:00:10.000Z",
        text: "string",
        isDate: true,
        reason: "TimeoutError",
        uptime: 10,
      },
    });
    expect(clock.now()).toBe(rigStart + 10_000);
  });

  test("has its own environment and no access to this machine's", async () => {
    process.env["LOCAL_AWS_TEST_LEAK"] = "leaked";
    onTestFinished(() => void delete process.env["LOCAL_AWS_TEST_LEAK"]);
    const { define, endpoint } = await lambdaRig(undefined, undefined, "fresh");
    const invoke = await define(
      "env",
      `import { readFile } from "node:fs/promises"; import { homedir } from "node:os"; import * as p from "node:process";
       export const handler = async () => ({ env: process.env, same: p.env === process.env && globalThis.process === process,
         home: homedir(), file: await readFile("/etc/passwd").catch((error) => error.code) });`,
      { environment: { LEDGER_TABLE: "ledger" } },
    );
    const [first, second] = [await invoke(), await invoke()];
    expect(first).toMatchObject({
      payload: {
        same: true,
        home: "/home/sbx_user1051",
        file: "ENOENT",
        env: {
          LEDGER_TABLE: "ledger",
          AWS_REGION: "eu-central-1",
          AWS_ENDPOINT_URL: endpoint,
          AWS_LAMBDA_FUNCTION_NAME: "env",
        },
      },
    });
    expect(JSON.stringify(first)).not.toMatch(/leaked|LOCAL_AWS_TEST_LEAK|"HOME"/);
    const key = /"AWS_ACCESS_KEY_ID":"(\w+)"/;
    expect(key.exec(JSON.stringify(first))?.[1]).not.toBe(key.exec(JSON.stringify(second))?.[1]);
  });

  test("has random numbers of the seeded generator", async () => {
    const source = `export const handler = async () => [Math.random(), crypto.randomUUID(), Math.max(1, 2)];`;
    const results = await Promise.all(
      [1, 2].map(async () => {
        const { define } = await lambdaRig();
        return await (
          await define("dice", source)
        )();
      }),
    );
    expect(results[0]).toEqual(results[1]);
  });

  test("has its output in its log", async () => {
    const { define, lines } = await lambdaRig();
    const invoke = await define(
      "printer",
      `export const handler = async () => {
      console.warn("%s left", 3); process.stdout.write('{"a":1}\\n{"b"'); process.stdout.write(':2}'); };`,
    );
    await invoke();
    expect(lines.slice(1, 4).map((line) => line.replace(/[0-9a-f-]{36}/, "ID"))).toEqual([
      "/aws/lambda/printer 2026-01-05T09:00:00.000Z\tID\tWARN\t3 left",
      '/aws/lambda/printer {"a":1}',
      '/aws/lambda/printer {"b":2}',
    ]);
  });

  test.each([
    ["throws", `export const handler = async () => { throw new RangeError("no"); }`, "RangeError", "no"],
    ["throws a value that is not an error", `export const handler = async () => { throw "words"; }`, "string", "words"],
    ["throws while it loads", `throw new Error("early"); export const handler = 1;`, "Error", "early"],
    [
      "throws in a timer",
      `export const handler = () => new Promise(() => setTimeout(() => { throw new Error("late"); }, 1))`,
      "Runtime.UncaughtException",
      "Error: late",
    ],
    [
      "imports a missing package",
      `import x from "not-in-the-bundle"; export const handler = () => x;`,
      "Error",
      /Could not resolve "not-in-the-bundle"/,
    ],
    [
      "requires a missing package",
      `const name = "gone"; require(name); export const handler = () => 1;`,
      "Runtime.ImportModuleError",
      "Error: Cannot find module 'gone'",
    ],
    [
      "has no handler",
      `export const handle = 1;`,
      "Runtime.HandlerNotFound",
      "index.handler is undefined or not exported",
    ],
    [
      "has a handler that is not a function",
      `export const handler = 1;`,
      "Runtime.HandlerNotFound",
      "index.handler is not a function",
    ],
    [
      "returns a value that JSON cannot express",
      `export const handler = async () => { const a = {}; a.a = a; return a; }`,
      "Error",
      "Unable to stringify response body",
    ],
    [
      "returns too much",
      `export const handler = async () => "x".repeat(7e6)`,
      "Function.ResponseSizeTooLarge",
      /6291556 bytes/,
    ],
    [
      "exits",
      `export const handler = async () => process.exit(3)`,
      "Runtime.ExitError",
      /Runtime exited with error: exit status 3/,
    ],
    ["calls another host", `export const handler = () => fetch("https://example.com")`, "NotInLocalAws", /example.com/],
  ])("that %s fails as on Lambda", async (_, source, errorType, errorMessage) => {
    const { define, lambda } = await lambdaRig();
    const result = await (await define("broken", source))();
    expect(result).toMatchObject({ ok: false, error: { errorType } });
    if (result.ok) return;
    expect(result.error.errorMessage).toMatch(errorMessage);
    expect(lambda.invocations).toMatchObject([{ functionName: "broken", ok: false, memoryMegabytes: 128 }]);
  });

  test("with an unhandled rejection fails, and other functions continue", async () => {
    // Vitest reports unhandled rejections to its own listeners, also when the local AWS handles them.
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    onTestFinished(() => {
      for (const listener of others) process.on("unhandledRejection", listener);
    });
    const { define } = await lambdaRig();
    const [failing, succeeding] = [
      await define(
        "failing",
        `export const handler = () => { void Promise.reject(new Error("lost")); return new Promise((resolve) => setTimeout(resolve, 9)); }`,
      ),
      await define("succeeding", `export const handler = async () => 1`),
    ];
    expect(await failing()).toMatchObject({
      ok: false,
      error: { errorType: "Runtime.UnhandledPromiseRejection", errorMessage: "Error: lost" },
    });
    expect(await succeeding()).toMatchObject({ ok: true, payload: 1 });
  });

  test("that takes too long ends at its timeout, and then does nothing more", async () => {
    const { define, clock, lines } = await lambdaRig();
    const invoke = await define(
      "slow",
      `export const handler = () => new Promise(() => {
      setInterval(() => console.log("tick"), 400); });`,
      { timeoutSeconds: 1 },
    );
    const result = await invoke();
    expect(result).toMatchObject({
      ok: false,
      durationMs: 1000,
      error: {
        errorType: "Sandbox.Timedout",
        errorMessage: expect.stringMatching(/^RequestId: \S{36} Error: Task timed out after 1.00 seconds$/),
      },
    });
    await clock.advance(10_000);
    expect(lines.filter((line) => line.endsWith("tick"))).toHaveLength(2);
    expect(lines.some((line) => line.endsWith("Task timed out after 1.00 seconds"))).toBe(true);
  });
});
