/**
 * Sends and reads ECS's JSON without the SDK's schemas. The SDK drops every member that its version does not know, from
 * requests and answers; a task definition described and registered again would lose newer fields of ECS. Signing, retries,
 * credentials and errors stay the SDK's.
 */
import {
  DescribeTaskDefinitionCommand,
  type DescribeTaskDefinitionCommandInput,
  RegisterTaskDefinitionCommand,
  type ECSClient,
} from "@aws-sdk/client-ecs";

/** An HTTP message in the SDK's middleware: the body before it is parsed, or after it is serialized. */
type Message = { body?: unknown };

/** DescribeTaskDefinition; returns the JSON that ECS sent. */
export async function describeTaskDefinitionRaw(
  client: ECSClient,
  input: DescribeTaskDefinitionCommandInput,
): Promise<unknown> {
  const command = new DescribeTaskDefinitionCommand(input);
  let text = "";
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      if (isMessage(result.response)) {
        const bytes = await readAll(result.response.body);
        // Only the last attempt's body counts: the SDK retries around this middleware.
        text = new TextDecoder().decode(bytes);
        result.response.body = bytes;
      }
      return result;
    },
    // Low priority: runs before the deserializer, which then reads the bytes collected here.
    { step: "deserialize", name: "keepRawBody", priority: "low" },
  );
  await client.send(command);
  return JSON.parse(text);
}

/** RegisterTaskDefinition with exactly this JSON as its input. @returns the ARN of the new revision */
export async function registerTaskDefinitionRaw(
  client: ECSClient,
  input: { family: string },
): Promise<string | undefined> {
  const command = new RegisterTaskDefinitionCommand({ family: input.family, containerDefinitions: [] });
  command.middlewareStack.add(
    (next) => async (args) => {
      if (isMessage(args.request)) args.request.body = JSON.stringify(input);
      return next(args);
    },
    // High priority: runs before the SDK computes the length of the body and signs the request.
    { step: "build", name: "sendRawBody", priority: "high" },
  );
  const answer = await client.send(command);
  return answer.taskDefinition?.taskDefinitionArn;
}

const isMessage = (value: unknown): value is Message => typeof value === "object" && value !== null;

/** The body of a response: a stream of Node's, or bytes. */
async function readAll(body: unknown): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  if (!isAsyncIterable(body)) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;
