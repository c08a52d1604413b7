import * as v from "valibot";

/** Service and operation, as in `ecs ListTasks`. */
export type Operation = `${keyof typeof targets} ${string}`;

/** How `X-Amz-Target` names a service: `com.amazonaws.…#…` with the trait awsJson in the service's Smithy model (github.com/aws/api-models-aws). */
const targets = {
  states: "AWSStepFunctions",
  ecs: "AmazonEC2ContainerServiceV20141113",
  codebuild: "CodeBuild_20161006",
  ecr: "AmazonEC2ContainerRegistry_V20150921",
  logs: "Logs_20140328",
  events: "AWSEvents",
  secretsmanager: "secretsmanager",
  dynamodb: "DynamoDB_20120810",
} as const;

const Answer = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown()));
const isService = (name: string): name is keyof typeof targets => Object.hasOwn(targets, name);

/**
 * Calls an operation over HTTP, as any client does, without the SDK.
 *
 * @returns the answer's members; those of an error are `__type` and its message
 */
export async function call(endpoint: string, operation: Operation, input: object): Promise<Record<string, unknown>> {
  const [service = "", name = ""] = operation.split(" ");
  if (!isService(service)) throw new Error(`No target is known for ${service}`);
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=local/20260105/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `${targets[service]}.${name}`,
    },
    body: JSON.stringify(input),
  });
  return v.parse(Answer, await response.text());
}

/** Calls an operation for each page of its answer, and joins the lists named `member`. */
export async function everyPage(endpoint: string, operation: Operation, input: object, member: string) {
  const items: unknown[] = [];
  let nextToken: unknown;
  do {
    const page = await call(endpoint, operation, nextToken === undefined ? input : { ...input, nextToken });
    items.push(...v.parse(v.array(v.unknown()), page[member]));
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  return { [member]: items };
}
