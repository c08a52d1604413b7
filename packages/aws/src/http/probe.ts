import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { HttpProbe } from "@lockmaster/core/ecs/ports.ts";
import { maxRedirects, redirectTarget, type ProbeAnswer } from "@lockmaster/core/ecs/probe.ts";

/** Bytes of an answer that are read. */
const bodyLimitBytes = 64 * 1024;

/**
 * Sends HTTP requests from where the function runs: the VPC that it is attached to, or the public internet. Every request
 * opens a new connection, as a new visitor does: a kept connection would always reach the same target.
 */
export function httpProbe(): HttpProbe {
  return {
    async request(url, timeoutSeconds) {
      let expire = () => {};
      const timer = setTimeout(() => expire(), timeoutSeconds * 1000);
      const timedOut = new Promise<ProbeAnswer>((resolve) => {
        expire = () => resolve({ kind: "unanswered", problem: `no answer within ${timeoutSeconds} seconds` });
      });
      const cancelled = new AbortController();
      try {
        return await Promise.race([follow(new URL(url), cancelled.signal), timedOut]);
      } catch (error) {
        return { kind: "unanswered", problem: describe(error) };
      } finally {
        clearTimeout(timer);
        cancelled.abort();
      }
    },
  };
}

async function follow(url: URL, signal: AbortSignal): Promise<ProbeAnswer> {
  let from = url;
  for (let redirected = 0; ; redirected += 1) {
    const { answer, location } = await get(from, signal);
    const { status } = answer;
    const target = redirectTarget(from, { status, ...(location !== undefined && { location }) });
    if (target === undefined) return location === undefined ? answer : { ...answer, redirect: location };
    if (redirected === maxRedirects) {
      return {
        kind: "unanswered",
        problem: `redirected more than ${maxRedirects} times, the last time to ${target.href}`,
      };
    }
    from = target;
  }
}

type Answered = Extract<ProbeAnswer, { kind: "answered" }>;

async function get(url: URL, signal: AbortSignal): Promise<{ answer: Answered; location?: string }> {
  const incoming = await send(url, signal);
  const { statusCode: status = 0 } = incoming;
  const { location } = incoming.headers;
  const answer: Answered = { kind: "answered", status, ...(await readBody(incoming)) };
  return { answer, ...(location !== undefined && { location }) };
}

function send(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  const headers = { accept: "*/*", "cache-control": "no-cache", "user-agent": "lockmaster-probe" };
  return new Promise((resolve, reject) => {
    request(url, { agent: false, headers, signal }, resolve).on("error", reject).end();
  });
}

/** Stops reading at the limit: leaving the loop ends the connection. */
async function readBody(incoming: IncomingMessage): Promise<{ body: string; cut: boolean }> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError("a body without encoding must consist of bytes");
    chunks.push(chunk);
    sizeBytes += chunk.byteLength;
    if (sizeBytes > bodyLimitBytes) break;
  }
  const body = Buffer.concat(chunks).subarray(0, bodyLimitBytes).toString("utf8");
  return { body, cut: sizeBytes > bodyLimitBytes };
}

/** Node's message with its code: `ECONNREFUSED`, `CERT_HAS_EXPIRED` or `ENOTFOUND` say more than most messages. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return error.message.includes(code) ? error.message : `${code}: ${error.message}`;
}
