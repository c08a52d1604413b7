import { EventEmitter } from "node:events";
import dynalite from "dynalite";
import { type Answer, errorAnswer, jsonAnswer } from "../../protocol/answer.ts";
import { AwsError, notInLocalAws } from "../../protocol/errors.ts";
import { isJsonObject } from "../../protocol/json.ts";
import type { LocalService } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { dynamoDbAccess } from "./access.ts";
import { createChecks } from "./checks.ts";
import { createPartitionKeys } from "./leading-keys.ts";
import { implementedMembers, membersOf } from "./members.ts";

/** The part of X-Amz-Target before the dot. */
export const dynamoDbTargetPrefix = "DynamoDB_20120810";

type Dynalite = ReturnType<typeof dynalite>;
type DynaliteAnswer = { status: number; body: string };

/**
 * DynamoDB through an embedded dynalite, in memory. Operations and members that dynalite lacks or ignores are refused.
 * There is nothing to close.
 */
export function createDynamoDb(world: Pick<World, "clock" | "region" | "accountId">): { service: LocalService } {
  // Dynalite's delays use real time. Without delays a table is ACTIVE soon after CreateTable.
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const createdAt = new Map<string, number>();
  const checks = createChecks();
  const partitionKeys = createPartitionKeys();

  return {
    service: {
      name: "dynamodb",
      api: {
        protocol: "json",
        targetPrefix: dynamoDbTargetPrefix,
        operationNames: Object.keys(implementedMembers),
        async perform(call, body) {
          const request = refuseUnimplemented(call.operation, body);
          try {
            checks.check(call.operation, request);
          } catch (error) {
            if (error instanceof AwsError) return errorAnswer(error, "1.0");
            throw error;
          }
          const answer = await send(server, call.operation, body);
          if (call.operation === "CreateTable" && answer.status === 200) {
            createdAt.set(tableName(request), world.clock.now() / 1000);
            checks.created(tableName(request), request);
            partitionKeys.created(tableName(request), request);
            await waitUntilActive(server, tableName(request));
          }
          return toAnswer(isTableOperation(call.operation) ? withWorldValues(world, createdAt, answer) : answer);
        },
      },
      access: dynamoDbAccess(partitionKeys.of),
    },
  };
}

function refuseUnimplemented(operation: string, body: string): Record<string, unknown> {
  const members = implementedMembers[operation];
  if (members === undefined) throw notInLocalAws(`the operation dynamodb:${operation}`);
  const request = parse(body);
  const known = membersOf(operation);
  for (const [name, value] of Object.entries(request)) {
    // AWS drops unknown members. An empty list or map of a member that is not implemented asks for nothing.
    if (value === null || members.includes(name) || !known.has(name) || isEmpty(value)) continue;
    throw notInLocalAws(`the member '${name}' of dynamodb:${operation}`);
  }
  if (tableName(request).startsWith("arn:")) throw notInLocalAws("tables named by ARN");
  return request;
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;
}

/** The request's members; none when the body is not JSON, for which dynalite returns AWS's error. */
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

/** Passes a request to dynalite's listener as its HTTP server does, but without a socket. */
function send(server: Dynalite, operation: string, body: string): Promise<DynaliteAnswer> {
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

/** Dynalite requires a signature but does not verify it. */
function headersFor(operation: string): Record<string, string> {
  return {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": `${dynamoDbTargetPrefix}.${operation}`,
    "x-amz-date": "-",
    authorization: "AWS4-HMAC-SHA256 Credential=-, SignedHeaders=-, Signature=-",
  };
}

/** Waits until a table is ACTIVE: dynalite changes its status one turn of the event loop after the answer. */
async function waitUntilActive(server: Dynalite, table: string): Promise<void> {
  let description: string;
  do {
    description = (await send(server, "DescribeTable", JSON.stringify({ TableName: table }))).body;
  } while (description.includes('"TableStatus":"CREATING"'));
}

/** Replaces the account and region in dynalite's ARNs, and its real time in dates. */
function withWorldValues(
  world: Pick<World, "region" | "accountId">,
  createdAt: Map<string, number>,
  answer: DynaliteAnswer,
): DynaliteAnswer {
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

function toAnswer({ status, body: text }: DynaliteAnswer): Answer {
  // DynamoDB's words for an empty key are the same in all operations; dynalite's differ.
  const body =
    status === 200
      ? text
      : text.replace("were invalid: The AttributeValue for a key", "are not valid. The AttributeValue for a key");
  const answer = { ...jsonAnswer("1.0", body), status };
  if (status === 200) return answer;
  const type = parse(body)["__type"];
  return { ...answer, errorName: typeof type === "string" ? type.slice(type.indexOf("#") + 1) : "UnknownError" };
}
