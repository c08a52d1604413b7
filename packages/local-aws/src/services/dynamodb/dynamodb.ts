import { EventEmitter } from "node:events";
import dynalite from "dynalite";
import { type Answer, jsonAnswer } from "../../protocol/answer.ts";
import type { Backend } from "../../protocol/backend.ts";
import { notInLocalAws } from "../../protocol/errors.ts";
import { isJsonObject } from "../../protocol/json.ts";
import type { World } from "../../world/world.ts";
import { implementedMembers } from "./members.ts";

/** What precedes the dot in X-Amz-Target. */
export const dynamoDbTargetPrefix = "DynamoDB_20120810";

type Dynalite = ReturnType<typeof dynalite>;
type Foreign = { status: number; body: string };

/**
 * DynamoDB by an embedded dynalite, in memory. What dynalite lacks or ignores is refused before it sees the request.
 * There is nothing to close.
 */
export function createDynamoDb(world: Pick<World, "clock" | "region" | "accountId">): Backend {
  // Its delays run on real time: with none, a table is there as soon as CreateTable has answered.
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const createdAt = new Map<string, number>();

  return {
    name: "dynamodb",
    async perform(call, { body }) {
      const request = refuseUnimplemented(call.operation, body);
      const answer = await ask(server, call.operation, body);
      if (call.operation === "CreateTable" && answer.status === 200) {
        createdAt.set(tableName(request), world.clock.now() / 1000);
        await becomeActive(server, tableName(request));
      }
      return toAnswer(isTableOperation(call.operation) ? inWorld(world, createdAt, answer) : answer);
    },
  };
}

function refuseUnimplemented(operation: string, body: string): Record<string, unknown> {
  const members = implementedMembers[operation];
  if (members === undefined) throw notInLocalAws(`the operation dynamodb:${operation}`);
  const request = parse(body);
  for (const [name, value] of Object.entries(request)) {
    if (value === null || members.includes(name)) continue;
    throw notInLocalAws(`the member '${name}' of dynamodb:${operation}`);
  }
  if (tableName(request).startsWith("arn:")) throw notInLocalAws("tables named by ARN");
  return request;
}

/** The request's members; none when it is no JSON, which dynalite answers as AWS does. */
function parse(body: string): Record<string, unknown> {
  try {
    const request: unknown = JSON.parse(body);
    return isJsonObject(request) ? request : {};
  } catch {
    return {};
  }
}

function tableName(request: Record<string, unknown>): string {
  const name = request["TableName"];
  return typeof name === "string" ? name : "";
}

function isTableOperation(operation: string): boolean {
  return operation === "CreateTable" || operation === "DescribeTable";
}

/** Hands a request to dynalite's listener as its HTTP server would, without sockets between. */
function ask(server: Dynalite, operation: string, body: string): Promise<Foreign> {
  return new Promise((resolve) => {
    const request = Object.assign(new EventEmitter(), { method: "POST", url: "/", headers: headersFor(operation) });
    const response = {
      statusCode: 200,
      setHeader() {},
      end(answer = "") {
        resolve({ status: response.statusCode, body: answer });
      },
    };
    server.emit("request", request, response);
    request.emit("data", Buffer.from(body));
    request.emit("end");
  });
}

/** Dynalite wants to see a signature, and verifies none. */
function headersFor(operation: string): Record<string, string> {
  return {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": `${dynamoDbTargetPrefix}.${operation}`,
    "x-amz-date": "-",
    authorization: "AWS4-HMAC-SHA256 Credential=-, SignedHeaders=-, Signature=-",
  };
}

/** Dynalite makes a table usable one turn of the event loop after it answered. */
async function becomeActive(server: Dynalite, table: string): Promise<void> {
  let description: string;
  do {
    description = (await ask(server, "DescribeTable", JSON.stringify({ TableName: table }))).body;
  } while (description.includes('"TableStatus":"CREATING"'));
}

/** Dynalite writes another account into ARNs, and real time into dates. */
function inWorld(world: Pick<World, "region" | "accountId">, createdAt: Map<string, number>, answer: Foreign): Foreign {
  const description: unknown = JSON.parse(answer.body);
  if (answer.status !== 200 || !isJsonObject(description)) return answer;
  const table = description["TableDescription"] ?? description["Table"];
  const created = isJsonObject(table) ? createdAt.get(tableName(table)) : undefined;
  const body = JSON.stringify(description, (key, value: unknown) => {
    if (key.endsWith("DateTime")) return created;
    if (!key.endsWith("Arn") || typeof value !== "string") return value;
    return value.replace(/^arn:aws:dynamodb:[^:]*:[^:]*:/, `arn:aws:dynamodb:${world.region}:${world.accountId}:`);
  });
  return { status: 200, body };
}

function toAnswer(foreign: Foreign): Answer {
  const answer = { ...jsonAnswer("1.0", foreign.body), status: foreign.status };
  if (foreign.status === 200) return answer;
  const type = parse(foreign.body)["__type"];
  return { ...answer, errorName: typeof type === "string" ? type.slice(type.indexOf("#") + 1) : "UnknownError" };
}
