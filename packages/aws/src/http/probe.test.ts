import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { httpProbe } from "./probe.ts";

/** A server for one test. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (!isPort(address)) throw new Error("The server has no port");
  return `http://127.0.0.1:${address.port}`;
}

const isPort = (address: string | AddressInfo | null): address is AddressInfo =>
  typeof address === "object" && address !== null;

const request = (url: string, timeoutSeconds = 60) => httpProbe().request(url, timeoutSeconds);

test("returns status and body", async () => {
  const url = await serve((request, response) => {
    response.writeHead(418).end(`${request.method} ${request.url} as ${request.headers["user-agent"]}`);
  });
  expect(await request(`${url}/health?deep=1`)).toEqual({
    kind: "answered",
    status: 418,
    body: "GET /health?deep=1 as lockmaster-probe",
    cut: false,
  });
});

test("opens a new connection for each request", async () => {
  const ports: unknown[] = [];
  const url = await serve((request, response) => {
    ports.push(request.socket.remotePort);
    response.end();
  });
  const probe = httpProbe();
  for (let count = 0; count < 3; count += 1) await probe.request(url, 60);
  expect(new Set(ports).size).toBe(3);
});

test("reads no more than 64 KiB of an endless answer", async () => {
  const url = await serve((_, response) => {
    const more = () => void response.write("x".repeat(1024), () => setImmediate(more));
    more();
  });
  const answer = await request(url);
  expect(answer).toMatchObject({ kind: "answered", status: 200, cut: true });
  expect(answer.kind === "answered" && answer.body.length).toBe(65_536);
});

describe("redirects", () => {
  /** Redirects from /3 to /2 to /1 to /0, which answers. */
  const countdown: RequestListener = (request, response) => {
    const left = Number(request.url?.slice(1));
    if (left === 0) response.end("arrived");
    else response.writeHead(302, { location: `/${left - 1}` }).end();
  };
  test("are followed three times", async () => {
    expect(await request(`${await serve(countdown)}/3`)).toMatchObject({ status: 200, body: "arrived" });
  });
  test("are not followed a fourth time", async () => {
    expect(await request(`${await serve(countdown)}/4`)).toMatchObject({
      kind: "unanswered",
      problem: expect.stringContaining("redirected more than 3 times"),
    });
  });
  test("to another host are reported and not followed", async () => {
    let asked = 0;
    const otherHost = await serve((_, response) => {
      asked += 1;
      response.end();
    });
    const url = await serve((_, response) => void response.writeHead(307, { location: otherHost }).end());
    expect(await request(url)).toMatchObject({ kind: "answered", status: 307, redirect: otherHost });
    expect(asked).toBe(0);
  });
});

describe("reports no answer from", () => {
  test.each<[string, RequestListener]>([
    ["a server that says nothing", () => undefined],
    ["a body that does not end", (_, response) => void response.write("beginning")],
  ])("%s within the time", async (_, listener) => {
    expect(await request(await serve(listener), 0.05)).toEqual({
      kind: "unanswered",
      problem: "no answer within 0.05 seconds",
    });
  });
  test("a port without a server", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const address = closed.address();
    await new Promise((resolve) => closed.close(resolve));
    const port = isPort(address) ? address.port : 0;
    expect(await request(`http://127.0.0.1:${port}/`)).toMatchObject({
      problem: expect.stringContaining("ECONNREFUSED"),
    });
  });
  test("a server that breaks the connection", async () => {
    const url = await serve((request) => request.socket.destroy());
    expect(await request(url)).toMatchObject({ kind: "unanswered", problem: expect.stringContaining("ECONNRESET") });
  });
  test("a server without TLS", async () => {
    const url = await serve((_, response) => response.end());
    expect(await request(url.replace("http:", "https:"))).toMatchObject({
      kind: "unanswered",
      problem: expect.stringMatching(/SSL|EPROTO/),
    });
  });
});
