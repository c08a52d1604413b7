import { createServer, type Server } from "node:http";
import { ECSClient } from "@aws-sdk/client-ecs";
import { renderTaskDefinition } from "@lockmaster/core/ecs/task-definition.ts";
import { afterEach, describe, expect, it } from "vitest";
import { ecsTaskDefinitions } from "./task-definitions.ts";

type Exchange = { target: string; body: unknown; length: number };
const open: Server[] = [];

/** A server that returns these answers in turn and records the requests, for a real client. */
async function wire(...answers: { status?: number; body: unknown }[]) {
  const asked: Exchange[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks);
      asked.push({
        target: String(request.headers["x-amz-target"]).split(".")[1] ?? "",
        body: JSON.parse(text.toString()),
        length: Number(request.headers["content-length"]) - text.length,
      });
      const answer = answers[asked.length - 1] ?? { status: 500, body: {} };
      response.writeHead(answer.status ?? 200, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(answer.body));
    });
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const client = new ECSClient({
    region: "eu-west-1",
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" },
  });
  return { taskDefinitions: ecsTaskDefinitions(client), asked };
}

afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const kept = {
  family: "shop",
  containerDefinitions: [
    {
      name: "api",
      image: "shop:old",
      cpu: 0,
      command: ["sh", "-c", ""],
      environment: [{ name: "Ü", value: "" }],
      future: { a: 0 },
    },
  ],
  futureField: [false, "", null],
};
const taskDefinition = {
  ...kept,
  taskDefinitionArn: "arn:aws:ecs:eu-west-1:111122223333:task-definition/shop:7",
  revision: 7,
  status: "ACTIVE",
  registeredAt: 1_790_000_000.123,
};
const tags = [{ key: "team", value: "" }];

describe("ecsTaskDefinitions", () => {
  it("reads and registers fields that the SDK does not know", async () => {
    const { taskDefinitions, asked } = await wire(
      { body: { taskDefinition, tags } },
      { body: { taskDefinition: { taskDefinitionArn: "arn:8" } } },
    );
    const described = await taskDefinitions.describe("shop:7");
    await expect(taskDefinitions.register(renderTaskDefinition(described, { api: "shop@new" }))).resolves.toBe("arn:8");
    expect(asked).toEqual([
      { target: "DescribeTaskDefinition", body: { taskDefinition: "shop:7", include: ["TAGS"] }, length: 0 },
      {
        target: "RegisterTaskDefinition",
        body: { ...kept, containerDefinitions: [{ ...kept.containerDefinitions[0], image: "shop@new" }], tags },
        length: 0,
      },
    ]);
  });

  it("returns the last answer when the SDK retries", async () => {
    const broken = { status: 500, body: { __type: "ServerException", message: "Service Unavailable" } };
    const { taskDefinitions } = await wire(broken, { body: { taskDefinition, tags } });
    await expect(taskDefinitions.describe("shop:7")).resolves.toEqual({ taskDefinition, tags });
  });

  it("names the action and the resource when the call is denied", async () => {
    const denied = { status: 400, body: { __type: "AccessDeniedException", message: "no" } };
    const { taskDefinitions } = await wire(denied);
    await expect(taskDefinitions.describe("shop:7")).rejects.toThrow(
      /^AWS_REFUSED: ecs:DescribeTaskDefinition on shop:7/,
    );
  });

  it("finds no latest revision in a family without one", async () => {
    const none = { status: 400, body: { __type: "ClientException", message: "Unable to describe task definition." } };
    const { taskDefinitions } = await wire(none);
    await expect(taskDefinitions.latestActive("shop")).resolves.toBeUndefined();
  });
});
