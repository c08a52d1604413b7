import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { noLatency } from "../world/latency.ts";
import type { Latency } from "../world/latency.ts";
import { virtualClock } from "../clock/virtual-clock.ts";
import type { FunctionDefinition } from "./functions.ts";
import { createLambda } from "./runtime.ts";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));

/** When the rig's clock starts. */
export const rigStart = Date.UTC(2026, 0, 5, 9);

export type Reply = (request: IncomingMessage, response: ServerResponse, accessKeyId: string) => void;
/** A server on loopback in place of the local AWS, and a runtime with functions that call it. */
export async function lambdaRig(
  reply: Reply = (_, response) => answer(response, 200, {}),
  latency: Latency = noLatency,
  instances: "reused" | "fresh" = "reused",
) {
  const folder = await mkdtemp(join(tmpdir(), "local-aws-lambda-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const clock = virtualClock({ start: rigStart });
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
    latency,
    instances,
  });
  onTestFinished(() => {
    lambda.close();
    server.closeAllConnections();
    server.close();
  });
  /** Registers a function with this source. Returns a function that invokes it and runs the clock until its end. */
  async function define(name: string, source: string, settings: Partial<FunctionDefinition> = {}) {
    const file = join(folder, `${name}.ts`);
    await writeFile(file, source);
    lambda.register(name, { file, timeoutSeconds: 30, memoryMegabytes: 128, environment: {}, ...settings });
    return async (payload?: unknown) => {
      let done = false;
      const result = lambda.invoke(name, payload).finally(() => (done = true));
      await clock.runUntil(() => done);
      return await result;
    };
  }
  /** Delays the reply to the caller with this access key, until the returned function is called. */
  const park = (accessKeyId: string): (() => void) =>
    lambda.parkReply(lambda.callerOf(accessKeyId) ?? { kind: "outside", accessKeyId });
  return { clock, lambda, lines, endpoint, define, park };
}

/** Runs the event loop, so that work in progress gets on. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) await setImmediate();
}

export function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
}

/** Import path of an SDK client that also resolves from a folder outside of the repository. */
export const sdk = (name: string): string => JSON.stringify(join(repository, "node_modules/@aws-sdk", name));
/** A function that makes one call to ECS, and returns its result or error. */
export const ecsFunction = `
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
