import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { GetItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { InvalidInputError, RetryableError } from "@lockmaster/core/lib/errors.ts";
import { describe, expect, test } from "vitest";
import { clientOptions } from "./client-options.ts";
import { translate, withTranslatedErrors } from "./errors.ts";

const call = { action: "ecs:UpdateService", resource: "service shop/backend" };
const answered = (name: string, httpStatusCode: number) =>
  Object.assign(new Error("message of AWS"), { name, $metadata: { httpStatusCode } });
const unanswered = (name: string, code: string) => Object.assign(new Error("message of Node"), { name, code });

test.each([
  answered("ThrottlingException", 400),
  answered("ProvisionedThroughputExceededException", 400),
  answered("SomethingNew", 429),
  answered("ServerException", 500),
  answered("SomethingNew", 503),
  Object.assign(answered("LimitExceededException", 400), { $retryable: { throttling: true } }),
  unanswered("Error", "ECONNRESET"),
  unanswered("Error", "ECONNREFUSED"),
  unanswered("TimeoutError", "ETIMEDOUT"),
])("$name is retried", (error) => {
  expect(translate(error, call)).toMatchObject({
    name: "RetryableError",
    code: "AWS_UNAVAILABLE",
    message: expect.stringContaining("ecs:UpdateService on service shop/backend"),
    cause: error,
  });
});

test.each([
  { error: answered("AccessDeniedException", 400), remedy: "Allow ecs:UpdateService on it" },
  { error: answered("InvalidParameterException", 400), remedy: "Fix the cause that AWS names" },
])("$error.name is rejected with the remedy", ({ error, remedy }) => {
  expect(translate(error, call)).toMatchObject({
    name: "RejectedError",
    code: "AWS_REFUSED",
    message: expect.stringMatching(new RegExp(`service shop/backend.*${error.name}: message of AWS.*${remedy}`)),
    cause: error,
  });
});

test("the remedy for a denied call names the action that AWS denied, which can be another one", () => {
  const message =
    "User: arn:aws:sts::111122223333:assumed-role/lockmaster-check-scan/lockmaster-check-scan is not authorized to perform: inspector2:ListCoverage on resource: arn:aws:inspector2:us-east-1:111122223333:/coverage/list";
  const error = Object.assign(new Error(message), {
    name: "AccessDeniedException",
    $metadata: { httpStatusCode: 400 },
  });
  expect(translate(error, { action: "ecr:DescribeImageScanFindings", resource: "image a" })).toMatchObject({
    code: "AWS_REFUSED",
    message: expect.stringContaining("Allow inspector2:ListCoverage on it"),
  });
});

test.each([
  new TypeError("a bug"),
  new InvalidInputError("ours", { code: "INPUT_INVALID" }),
  new RetryableError("ours", { code: "CONFLICT" }),
  "not even an error",
])("an error that is not AWS's stays unchanged", (error) => {
  expect(translate(error, call)).toBe(error);
});

test.each(["<html>Service unavailable</html>", '{"Item": {"pk"', "[[["])(
  "an answer with status 200 that cannot be read is retried: %s",
  async (body) => {
    const server = createHttpServer((_, response) => response.writeHead(200).end(body)).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      maxAttempts: 1,
    });

    const answer = withTranslatedErrors(call, () =>
      client.send(new GetItemCommand({ TableName: "t", Key: { pk: { S: "x" } } })),
    );

    await expect(answer).rejects.toMatchObject({ name: "RetryableError", code: "AWS_UNAVAILABLE" });
    client.destroy();
    server.close();
  },
);

describe("a server that accepts the call and does not answer", () => {
  test("times out and is retried", async () => {
    const server = createServer(() => {}).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const client = new DynamoDBClient({
      ...clientOptions({ connectionMilliseconds: 50, requestMilliseconds: 20 }),
      endpoint: `http://127.0.0.1:${port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      maxAttempts: 1,
    });

    const answer = withTranslatedErrors(call, () =>
      client.send(new GetItemCommand({ TableName: "t", Key: { pk: { S: "x" } } })),
    );

    await expect(answer).rejects.toMatchObject({ name: "RetryableError", code: "AWS_UNAVAILABLE" });
    client.destroy();
    server.close();
  });
});
