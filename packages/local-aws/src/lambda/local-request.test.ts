import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Route } from "../protocol/http.ts";
import { startServer } from "../protocol/server.ts";
import { virtualClock } from "../clock/virtual-clock.ts";
import { createLambda } from "./runtime.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** Echoes the request. `/status/<n>` answers with this status, and `/large` with a large body. */
const echo: Route = async ({ method, path, headers, body }) => {
  if (path === "/large") return { status: 200, headers: {}, body: Buffer.alloc(1_000_000, "x") };
  if (path.startsWith("/status/")) return { status: Number(path.slice(8)), headers: { "x-some": "thing" }, body: "" };
  const { connection: _connection, "transfer-encoding": _encoding, host: _host, ...echoed } = headers;
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ method, path, headers: echoed, body: body.toString() }),
  };
};

/** A server in this process, and a function that calls it with or without a connection. */
async function rig(kind: "connected" | "local", source: string) {
  const folder = await mkdtemp(join(tmpdir(), "local-aws-request-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const clock = virtualClock();
  const neverAnswer: Route = async (request) => {
    lambda.parkReply(lambda.senderOf(request));
    return await new Promise<never>(() => undefined);
  };
  const server = await startServer({
    clock,
    home: { region: "eu-central-1", accountId: "111122223333" },
    services: () => [{ name: "echo", routes: { "/never": neverAnswer, "/": echo } }],
    requestId: () => "id",
  });
  const lambda = createLambda({
    clock,
    region: "eu-central-1",
    accountId: "111122223333",
    random: Math.random,
    log: () => undefined,
    endpoint: () => server.endpoint,
    root,
    ...(kind === "local" && { exchange: server.exchange }),
  });
  onTestFinished(async () => {
    lambda.close();
    await server.close();
  });
  const file = join(folder, "calls.ts");
  await writeFile(
    file,
    `import * as http from "node:http";
     const endpoint = process.env.AWS_ENDPOINT_URL;
     const read = (response) => new Promise((resolve, reject) => {
       let text = "";
       response.setEncoding("utf8").on("data", (chunk) => { text += chunk; }).on("end", () => resolve(text)).on("error", reject);
     });
     const call = (path, options = {}, ...chunks) => new Promise((resolve, reject) => {
       const request = http.request(endpoint + path, options, async (response) => {
         const { statusCode, statusMessage, headers } = response;
         const text = await read(response);
         const { connection, date, "keep-alive": keepAlive, "transfer-encoding": encoding, ...others } = headers;
         resolve({ statusCode, statusMessage, headers: others, text, complete: response.complete });
       });
       request.on("error", (error) => reject(error));
       for (const chunk of chunks) request.write(chunk);
       request.end();
       options.started?.(request);
     });
     ${source}`,
  );
  lambda.register("waits", { file, timeoutSeconds: 30, memoryMegabytes: 128, environment: {} });
  return {
    clock,
    invoke: async (event?: unknown) => {
      let done = false;
      const result = lambda.invoke("waits", event).finally(() => (done = true));
      await clock.runUntil(() => done);
      return await result;
    },
  };
}

const failing = (options: string): string => `export const handler = async () => {
  const signals = new AbortController();
  return await call("/never", ${options}).then(() => "answered", ({ name, code, message }) => ({ name, code, message }));
};`;

test.each([
  [
    "an answer with its headers",
    `export const handler = () => call("/?a=1", { headers: { "X-One": "1", "X-Two": ["a", "b"] } })`,
  ],
  [
    "an answer to a POST in chunks",
    `export const handler = () => call("/", { method: "POST" }, "one ", Buffer.from("two"))`,
  ],
  ["an error without a body", `export const handler = () => call("/status/404")`],
  ["a large answer", `export const handler = async () => (await call("/large")).text.length`],
  ["a request that is destroyed", failing("{ started: (request) => setTimeout(() => request.destroy(), 5) }")],
  [
    "a request that is destroyed with a reason",
    failing(`{ started: (r) => setTimeout(() => r.destroy(new RangeError("enough")), 5) }`),
  ],
  [
    "a request that is aborted",
    failing("{ signal: signals.signal, started: () => setTimeout(() => signals.abort(), 5) }"),
  ],
  [
    "a timeout of the request",
    failing("{ timeout: 700, started: (request) => request.on('timeout', () => request.destroy(new Error('late'))) }"),
  ],
  [
    "several requests at once",
    `export const handler = async () => (await Promise.all([1, 2, 3].map((n) => call("/status/20" + n)))).map((a) => a.statusCode)`,
  ],
])("a function has the same result without a connection: %s", async (_, source) => {
  const [connected, local] = [await rig("connected", source), await rig("local", source)];

  const result = await local.invoke();

  expect(result).toMatchObject({ ok: true });
  expect(result).toEqual(await connected.invoke());
  expect(local.clock.now()).toBe(connected.clock.now());
});

describe("a request in progress after the function's answer", () => {
  test("is answered in the next invocation", async () => {
    const { invoke, clock } = await rig(
      "local",
      `const seen = [];
       export const handler = async (event) => {
         if (event === "begin") void call("/status/202").then(({ statusCode }) => seen.push(statusCode));
         if (event === "wait") await new Promise((resolve) => setTimeout(resolve, 10));
         return seen.length;
       };`,
    );

    expect(await invoke("begin")).toMatchObject({ payload: 0 });
    await clock.advance(60_000);
    expect(await invoke("wait")).toMatchObject({ payload: 1 });
  });

  test("times out in the next invocation when that is after the timeout", async () => {
    const { invoke, clock } = await rig(
      "local",
      `let failure = "none";
       export const handler = async (event) => {
         if (event === "begin") {
           const request = http.get(endpoint + "/never", { timeout: 5000 });
           request.on("error", (error) => { failure = error.message; });
           request.on("timeout", () => request.destroy(new Error("late")));
         }
         if (event === "wait") await new Promise((resolve) => setTimeout(resolve, 10));
         return failure;
       };`,
    );

    await invoke("begin");
    await clock.advance(60_000);
    expect(await invoke("wait")).toMatchObject({ payload: "late" });
  });
});
