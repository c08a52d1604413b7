import type { Context } from "aws-lambda";
import { vi } from "vitest";

/** The context that Lambda passes to a handler. */
export function lambdaContext({ remainingMs = 9_000 } = {}): Context {
  return {
    awsRequestId: "request-1",
    callbackWaitsForEmptyEventLoop: true,
    functionName: "lockmaster-step",
    functionVersion: "1",
    invokedFunctionArn: "arn:aws:lambda:eu-central-1:111122223333:function:lockmaster-step:1",
    logGroupName: "/aws/lambda/lockmaster-step",
    logStreamName: "2026/11/21/[1]abc",
    memoryLimitInMB: "512",
    getRemainingTimeInMillis: () => remainingMs,
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}

/** Captures log lines until mocks are restored. Powertools has its own console, which writes directly to these streams. */
export function captureLog(): readonly Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const capture = (chunk: string | Uint8Array) => {
    lines.push(JSON.parse(String(chunk)));
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(capture);
  vi.spyOn(process.stderr, "write").mockImplementation(capture);
  return lines;
}
