import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { virtualClock } from "../virtual-clock.ts";
import { createLambda } from "./runtime.ts";
import type { FunctionDefinition } from "./runtime.ts";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));
const start = Date.UTC(2026, 0, 5, 9);
let folder: string;
let written = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lockmaster-lambda-"));
});
afterAll(() => rm(folder, { recursive: true }));

type Reply = (request: IncomingMessage, response: ServerResponse, accessKeyId: string) => void;
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A server on loopback that stands for the local AWS, and a runtime whose functions find it. */
async function rig(reply: Reply = (_, response) => answer(response, 200, {})) {
  const clock = virtualClock({ start });
  const server = createServer((request, response) => {
    response.sendDate = false;
    request.resume();
    request.once("end", () =>
      reply(request, response, /Credential=([^/]+)/.exec(request.headers.authorization ?? "")?.[1] ?? ""),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("no port");
  const endpoint = `http://127.0.0.1:${address.port}`;
  const lines: string[] = [];
  let seed = 0;
  const lambda = createLambda({
    clock,
    region: "eu-central-1",
    accountId: "111122223333",
    random: () => (seed = (seed + 0.317) % 1),
    log: (group, _stream, added) => lines.push(...added.map((line) => `${group} ${line}`)),
    endpoint: () => endpoint,
    root: repository,
  });
  closers.push(() => {
    lambda.close();
    server.closeAllConnections();
    server.close();
  });
  /** Writes a function's source, registers it and answers how to invoke it with time passing meanwhile. */
  async function define(name: string, source: string, settings: Partial<FunctionDefinition> = {}) {
    written += 1;
    const file = join(folder, `${name}-${written}.ts`);
    await writeFile(file, source);
    lambda.register(name, { file, timeoutSeconds: 30, memoryMegabytes: 128, environment: {}, ...settings });
    return async (payload?: unknown) => {
      let done = false;
      const result = lambda.invoke(name, payload).finally(() => (done = true));
      await clock.runUntil(() => done);
      return await result;
    };
  }
  return { clock, lambda, lines, endpoint, define };
}

/** Gives what is under way the time to show itself. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) await setImmediate();
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
}

/** An import that resolves from a folder outside of the repository, as a function's own would from inside. */
const sdk = (name: string): string => JSON.stringify(join(repository, "node_modules/@aws-sdk", name));
const ecsFunction = `
  import { DescribeClustersCommand, ECSClient } from ${sdk("client-ecs")};
  const client = new ECSClient({ requestHandler: { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true } });
  export const handler = async (event) => {
    try {
      const { clusters } = await client.send(new DescribeClustersCommand({ clusters: event?.clusters ?? ["shop"] }));
      return { clusters };
    } catch (error) {
      return { error: error.name, attempts: error.$metadata?.attempts };
    }
  };`;

describe("a function", () => {
  test("gets its event and context, and answers through JSON", async () => {
    const { define, lines } = await rig();
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

  test("has all of Node's timers, and every reading of time, on the clock", async () => {
    const { define, clock } = await rig();
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
    const real = performance.now();
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
    expect(clock.now()).toBe(start + 10_000);
    expect(performance.now() - real).toBeLessThan(5000);
  });

  test("has an environment of its own and sees nothing of this machine", async () => {
    process.env["LOCKMASTER_TEST_LEAK"] = "leaked";
    onTestFinished(() => void delete process.env["LOCKMASTER_TEST_LEAK"]);
    const { define, endpoint } = await rig();
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
    expect(JSON.stringify(first)).not.toMatch(/leaked|LOCKMASTER_TEST_LEAK|"HOME"/);
    const key = /"AWS_ACCESS_KEY_ID":"(\w+)"/;
    expect(key.exec(JSON.stringify(first))?.[1]).not.toBe(key.exec(JSON.stringify(second))?.[1]);
  });

  test("begins anew with each invocation, also with several at once", async () => {
    const { define } = await rig();
    const invoke = await define(
      "counter",
      `let count = 0; globalThis.total ??= 0; process.env.N ??= "0";
      export const handler = async ({ wait }) => { count++; globalThis.total++; process.env.N = String(+process.env.N + 1);
        await new Promise((resolve) => setTimeout(resolve, wait)); return [count, globalThis.total, process.env.N]; };`,
    );
    expect(await invoke({ wait: 1 })).toMatchObject({ payload: [1, 1, "1"] });
    expect(await invoke({ wait: 1 })).toMatchObject({ payload: [1, 1, "1"] });
    expect("total" in globalThis).toBe(false);
  });

  test("draws its chance from the seeded generator", async () => {
    const source = `export const handler = async () => [Math.random(), crypto.randomUUID(), Math.max(1, 2)];`;
    const results = await Promise.all(
      [1, 2].map(async () => {
        const { define } = await rig();
        return await (
          await define("dice", source)
        )();
      }),
    );
    expect(results[0]).toEqual(results[1]);
  });

  test("writes what it prints to its log", async () => {
    const { define, lines } = await rig();
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
    ["throws no error", `export const handler = async () => { throw "words"; }`, "string", "words"],
    ["throws while it loads", `throw new Error("early"); export const handler = 1;`, "Error", "early"],
    [
      "throws in a timer",
      `export const handler = () => new Promise(() => setTimeout(() => { throw new Error("late"); }, 1))`,
      "Runtime.UncaughtException",
      "Error: late",
    ],
    [
      "imports what is not there",
      `import x from "not-in-the-bundle"; export const handler = () => x;`,
      "Error",
      /Could not resolve "not-in-the-bundle"/,
    ],
    [
      "requires what is not there",
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
      "has a handler that is none",
      `export const handler = 1;`,
      "Runtime.HandlerNotFound",
      "index.handler is not a function",
    ],
    [
      "answers what is no JSON",
      `export const handler = async () => { const a = {}; a.a = a; return a; }`,
      "Error",
      "Unable to stringify response body",
    ],
    [
      "answers too much",
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
    ["calls the world", `export const handler = () => fetch("https://example.com")`, "NotInLocalAws", /example.com/],
  ])("that %s fails as on Lambda", async (_, source, errorType, errorMessage) => {
    const { define, lambda } = await rig();
    const result = await (await define("broken", source))();
    expect(result).toMatchObject({ ok: false, error: { errorType } });
    if (result.ok) return;
    expect(result.error.errorMessage).toMatch(errorMessage);
    expect(lambda.invocations).toMatchObject([{ functionName: "broken", ok: false, memoryMegabytes: 128 }]);
  });

  test("that takes too long is ended by the clock, and does nothing any more", async () => {
    const { define, clock, lines } = await rig();
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

describe("a function that calls AWS", () => {
  test("is known by its access key, also when several run at once", async () => {
    const seen: unknown[] = [];
    const world = await rig((_, response, key) => {
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

  test("backs off in the clock's time when it is throttled", async () => {
    let requests = 0;
    const { define, clock } = await rig((_, response) => {
      requests += 1;
      answer(response, 400, { __type: "ThrottlingException", message: "Rate exceeded" });
    });
    const real = performance.now();
    expect(await (await define("throttled", ecsFunction))()).toMatchObject({
      payload: { error: "ThrottlingException", attempts: 3 },
    });
    expect(requests).toBe(3);
    expect(clock.now()).toBeGreaterThan(start + 50);
    expect(performance.now() - real).toBeLessThan(10_000);
  });

  test("runs into its request time-out, three times, when the server keeps the reply back", async () => {
    const world = await rig((_, response, key) => {
      const resume = world.lambda.parkReply(key);
      response.once("close", resume);
    });
    const result = await (await world.define("hanging", ecsFunction))();
    expect(result).toMatchObject({ payload: { error: "TimeoutError" } });
    expect(result.durationMs).toBeGreaterThan(15_000);
    expect(result.durationMs).toBeLessThan(20_000);
  });

  test("is ended by its own time-out when that comes first, and its connection is broken off", async () => {
    let closed = 0;
    const world = await rig((_, response, key) => {
      world.lambda.parkReply(key);
      response.once("close", () => (closed += 1));
    });
    const result = await (await world.define("cut", ecsFunction, { timeoutSeconds: 3 }))();
    expect(result).toMatchObject({ durationMs: 3000, error: { errorType: "Sandbox.Timedout" } });
    await world.clock.settle();
    expect(closed).toBe(1);
  });

  test("keeps time from moving while a request is under way, however long the server takes", async () => {
    const pending: ServerResponse[] = [];
    const { define, clock } = await rig((_, response) => void pending.push(response));
    const result = (await define("busy", ecsFunction))();
    while (pending.length === 0) await setImmediate();
    await turns();
    expect(clock.now()).toBe(start);
    for (const response of pending) answer(response, 200, { clusters: [] });
    expect(await result).toMatchObject({ ok: true, durationMs: 0 });
  });

  test("lets time pass only when all of its requests are kept back", async () => {
    const pending: { response: ServerResponse; key: string }[] = [];
    const { define, clock, lambda } = await rig((_, response, key) => void pending.push({ response, key }));
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
    lambda.parkReply(pending[0]?.key ?? "");
    await turns();
    expect(clock.now()).toBe(start);

    const second = pending[1]?.response;
    if (second !== undefined) answer(second, 200, {});
    expect((await result).ok && (await result)).toMatchObject({ durationMs: 5000 });
    expect(await result).toMatchObject({ payload: expect.arrayContaining(["answered", "TimeoutError"]) });
  });

  test("can be killed midway: nothing of it goes on", async () => {
    const requests: string[] = [];
    const { define, lambda, clock, lines } = await rig((_, _response, key) => void requests.push(key));
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

describe("the runtime", () => {
  test("does not know what was not registered", async () => {
    const { lambda } = await rig();
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
    const { lambda, define } = await rig();
    await define("big", `export const handler = async () => 1`);
    await expect(lambda.invoke("big", "x".repeat(6_291_456))).rejects.toMatchObject({
      name: "RequestEntityTooLargeException",
    });
  });

  test("serves a Function URL with the function behind it", async () => {
    const { lambda, define } = await rig();
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
    const { lambda, define } = await rig();
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
    expect(heard).toMatchObject([{ functionName: "heard", startedAt: start, durationMs: 5, ok: true }]);
  });
});
