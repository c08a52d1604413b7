/** Signed deliveries that are not as GitHub documents them, and executions that an operator starts with such an input. */
import { createHmac } from "node:crypto";
import { fileURLToPath } from "node:url";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CreateStateMachineCommand, SFNClient } from "@aws-sdk/client-sfn";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { storedConfigurations } from "@lockmaster/core/config/stored.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import { createLedger } from "@lockmaster/installation/topology/ledger-table.ts";
import { functions } from "@lockmaster/installation/topology/topology.ts";
import { type LocalAws, noLatency, startLocalAws } from "@lockmaster/local-aws";
import webhooksExamples from "@octokit/webhooks-examples" with { type: "json" };
import * as fc from "fast-check";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import shipped from "../examples/shop/lockmaster.config.ts";

const secret = "current secret";
/** The repository of GitHub's examples, with the shop's configuration. */
const repository = "Codertocat/Hello-World";

let aws: LocalAws;
const clients: { destroy(): void }[] = [];

beforeAll(async () => {
  aws = await startLocalAws({ latency: noLatency });
  const client = <Client extends { destroy(): void }>(made: Client): Client => {
    clients.push(made);
    return made;
  };
  const dynamodb = client(new DynamoDBClient(aws.clientConfig()));
  const sfn = client(new SFNClient(aws.clientConfig()));
  await createLedger(dynamodb, "ledger");
  const { images, environments } = validateConfiguration(shipped).repositories["acme/shop"] ?? {};
  const configuration = validateConfiguration({
    repositories: {
      [repository]: {
        images,
        environments: { ...environments, staging: { ...environments?.["staging"], on: { branch: "master" } } },
      },
    },
  });
  const ledger = dynamodbLedger(dynamodb, "ledger");
  for (const stored of storedConfigurations(configuration)) await ledger.putConfiguration(stored);
  await client(new SecretsManagerClient(aws.clientConfig())).send(
    new CreateSecretCommand({ Name: "webhook", SecretString: secret }),
  );
  const definition = { StartAt: "Wait", States: { Wait: { Type: "Wait", Seconds: 3600, End: true } } };
  const { stateMachineArn = "" } = await sfn.send(
    new CreateStateMachineCommand({
      name: "release",
      definition: JSON.stringify(definition),
      roleArn: `arn:aws:iam::${aws.accountId}:role/release`,
    }),
  );
  const environment = {
    LEDGER_TABLE: "ledger",
    STATE_MACHINE_ARN: stateMachineArn,
    WEBHOOK_SECRET_ID: "webhook",
    BUILD_PROJECT_PREFIX: "lockmaster-",
    METRIC_NAMESPACE: "Lockmaster/test",
    GITHUB_API_URL: "http://127.0.0.1:1",
    GITHUB_CREDENTIALS_ID: "none",
  };
  for (const [name, description] of Object.entries({ webhook: functions.webhook, plan: functions.planRelease })) {
    aws.lambda.register(name, {
      file: fileURLToPath(new URL(`../${description.file}`, import.meta.url)),
      timeoutSeconds: description.timeoutSeconds,
      memoryMegabytes: description.memoryMegabytes,
      publicUrl: name === "webhook",
      environment,
    });
  }
});

afterAll(async () => {
  for (const each of clients) each.destroy();
  await aws.close();
});

type Answer = { status: number; text: string };

async function deliver(event: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(aws.urls.function("webhook"), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": event,
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
      ...headers,
    },
    body: typeof body === "string" ? body : new Uint8Array(body),
  });
  return { status: response.status, text: await response.text() };
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Path = readonly string[];

const Event = v.object({ name: v.string(), examples: v.array(v.unknown()) });
const examplesOf = (name: string): string[] =>
  v
    .parse(v.array(Event), webhooksExamples)
    .filter((event) => event.name === name)
    .flatMap(({ examples }) => examples.map((example) => JSON.stringify(example)));

/** The payload with another value at a path; without the field when the value is undefined. */
function changed(payload: string, path: Path, value: Json | undefined): string {
  const copy: Json = JSON.parse(payload);
  const parent = path.slice(0, -1).reduce<Json>((at, key) => (isObject(at) ? (at[key] ?? null) : null), copy);
  const [last = ""] = path.slice(-1);
  if (isObject(parent) && value === undefined) delete parent[last];
  // An own property, even when it is called __proto__.
  else if (isObject(parent)) Object.defineProperty(parent, last, { value, enumerable: true, configurable: true });
  return JSON.stringify(copy);
}

const isObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Strings that a parser, a terminal, a database or JavaScript itself may mistake for something else. */
const hostileTexts = [
  "",
  " ",
  "a".repeat(3_000),
  "\\".repeat(2_000),
  "\u001B[2J\u0007",
  "\u009B31m",
  "\u0000",
  "\u202Egnp\u2066",
  "\uD800",
  "refs/heads/",
  "refs/tags/\n",
  "../../../etc/passwd",
  "constructor",
  "__proto__",
  "toString",
  "$.input",
  "{% $states.input %}",
  "'; drop table ledger; --",
  "2026-02-31T00:00:00Z",
  "2026-01-01T00:00:00+99:59",
  "9999-12-31T24:00:00Z",
  "0".repeat(40),
  "é".repeat(40),
  "NaN",
];
const otherKinds: readonly Json[] = [null, true, 0, -1, 1.5, 1e308, 2 ** 53, [], {}, [[[]]], { __proto__: null }];

/** The fields that Lockmaster reads, with a value that cannot be theirs. */
const fields: Record<string, readonly (readonly [string, Json])[]> = {
  push: [
    ["ref", 1],
    ["after", "HEAD"],
    ["deleted", "false"],
    ["head_commit", "none"],
    ["head_commit.id", "HEAD"],
    ["head_commit.message", 1],
    ["repository", 7],
    ["repository.id", 1e308],
    ["repository.full_name", "no slash"],
    ["repository.pushed_at", -1],
    ["installation", 7],
    ["sender", null],
    ["sender.login", "no login\u001B"],
  ],
  pull_request: [
    ["action", 1],
    ["number", 0],
    ["pull_request", "7"],
    ["pull_request.head", null],
    ["pull_request.head.sha", "HEAD"],
    ["pull_request.head.repo", "fork"],
    ["pull_request.head.repo.id", "1"],
    ["pull_request.head.repo.full_name", 1],
    ["pull_request.base", null],
    ["pull_request.base.sha", "HEAD"],
    ["pull_request.base.repo", null],
    ["pull_request.base.repo.id", 1e308],
    ["pull_request.base.repo.full_name", "no slash"],
    ["pull_request.updated_at", "2026-01-01T00:00:00+99:59"],
    ["installation", { id: 1e308 }],
    ["sender", null],
    ["sender.login", "no login\u001B"],
  ],
  ping: [["hook_id", "1"]],
};

const unprintable = /(?!\u200C|\u200D)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Runs a few at a time, as GitHub delivers. */
async function each<Item>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += 16) await Promise.all(items.slice(start, start + 16).map(run));
}

function expectCalm({ status, text }: Answer, what: string): void {
  expect(status, `${what}: ${text}`).toBeLessThan(500);
  expect(text.length, what).toBeLessThan(20_000);
  expect(text, what).not.toMatch(unprintable);
}

describe("a signed delivery that is not as GitHub documents it", () => {
  const systematic = Object.entries(fields).flatMap(([event, paths]) =>
    examplesOf(event)
      .slice(0, 2)
      .flatMap((example) =>
        paths.flatMap(([field]) =>
          [undefined, ...otherKinds, ...hostileTexts].map((value) => ({
            event,
            field,
            value,
            body: changed(example, field.split("."), value),
          })),
        ),
      ),
  );

  test("never gets an answer of 500 or above, and a refusal names the field", { timeout: 120_000 }, async () => {
    expect(systematic.length).toBeGreaterThan(1_900);
    await each(systematic, async ({ event, field, value, body }) => {
      const what = `${event} with ${field} = ${JSON.stringify(value)?.slice(0, 80)}`;
      const answer = await deliver(event, body);
      expectCalm(answer, what);
      const isRefusedWithField = answer.status === 400 && answer.text.includes(field);
      expect([200, 202].includes(answer.status) || isRefusedWithField, `${what}: ${answer.text}`).toBe(true);
    });
  });

  test.each(Object.entries(fields).flatMap(([event, paths]) => paths.map((path) => [event, ...path] as const)))(
    "%s: %s cannot be %j: 400 with the field",
    async (event, field, value) => {
      const [example = ""] = examplesOf(event);
      const answer = await deliver(event, changed(example, field.split("."), value));
      expect(answer).toMatchObject({ status: 400, text: expect.stringMatching(`${field}(?:\\.id)?: `) });
      expectCalm(answer, field);
    },
  );

  test(
    "whatever replaces whichever field, also those that Lockmaster does not read",
    { timeout: 120_000 },
    async () => {
      const payloads = ["push", "pull_request", "ping"].flatMap((event) =>
        examplesOf(event).map((body) => ({ event, body })),
      );
      const mutation = fc.constantFrom(...payloads).chain(({ event, body }) =>
        fc.record({
          event: fc.constant(event),
          body: fc
            .tuple(
              fc.constantFrom(...pathsIn(JSON.parse(body))),
              fc.oneof(fc.constantFrom<Json>(...hostileTexts, ...otherKinds), fc.jsonValue({ stringUnit: "binary" })),
            )
            .map(([path, value]) =>
              changed(
                body,
                path,
                v.parse(
                  v.custom<Json>(() => true),
                  value,
                ),
              ),
            ),
        }),
      );
      await fc.assert(
        fc.asyncProperty(mutation, async ({ event, body }) => {
          const answer = await deliver(event, body);
          expectCalm(answer, event);
          expect([200, 202, 400]).toContain(answer.status);
        }),
        { numRuns: 500 },
      );
    },
  );

  test.each<[string, string | Buffer]>([
    ["no JSON", "payload=%7B%7D"],
    ["nothing", " "],
    ["null", "null"],
    ["a number", "1e999"],
    ["a list", "[]"],
    ["a text", '"push"'],
    ["brackets, two million of them", "[".repeat(2_000_000)],
    ["objects in objects, a hundred thousand deep", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    ["a mark of byte order", "\uFEFF{}"],
    ["bytes that are not UTF-8", Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ["the key __proto__", '{"__proto__":{"ref":"refs/heads/master"},"constructor":{"prototype":{}}}'],
  ])("a body that is %s is refused", async (what, body) => {
    for (const event of ["push", "pull_request", "ping"]) {
      const answer = await deliver(event, body);
      expect([400, 401], what).toContain(answer.status);
      expectCalm(answer, what);
    }
  });

  test("a ref of four million characters makes a short answer and a short log line", async () => {
    const [example = ""] = examplesOf("push");
    for (const character of ["a", "\\", "\u001B", '"']) {
      const ref = `refs/heads/${character.repeat(character === "a" ? 4_000_000 : 650_000)}`;
      const answer = await deliver("push", changed(example, ["ref"], ref));
      expect(answer).toMatchObject({ status: 400, text: expect.stringContaining("ref: ") });
      expectCalm(answer, character);
    }
    const logs = new CloudWatchLogsClient(aws.clientConfig());
    clients.push(logs);
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: "/aws/lambda/webhook" }));
    expect(events.length).toBeGreaterThan(0);
    expect(Math.max(...events.map(({ message = "" }) => message.length))).toBeLessThan(40_000);
    // Lambda itself writes tabs in its reports.
    const own = events.map(({ message = "" }) => message.trimEnd()).filter((message) => message.startsWith("{"));
    for (const message of own) expect(message).not.toMatch(unprintable);
  });

  test.each([
    ["x-github-event", "constructor"],
    ["x-github-event", "a".repeat(8_000)],
    ["x-github-event", "push\u009B31m"],
    ["content-type", "application/x-www-form-urlencoded"],
    ["content-type", "__proto__"],
    ["x-github-delivery", "b".repeat(8_000)],
  ])("the header %s may be anything", async (name, value) => {
    const [example = ""] = examplesOf("push");
    const answer = await deliver("push", example, { [name]: value });
    expectCalm(answer, name);
  });
});

describe("an execution that an operator starts with another input than Lockmaster's", () => {
  const sha = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
  const requested = {
    repository,
    requestedBy: { kind: "operator", name: "me" },
    requestedAt: "2026-11-20T10:00:00.000Z",
  };
  const inputs: readonly { [key: string]: Json }[] = [
    { kind: "deploy", ...requested, environment: "staging", ref: "refs/heads/master", sha },
    { kind: "promote", ...requested, environment: "production", ref: "refs/tags/v1.0.0", sha },
    { kind: "rollback", ...requested, environment: "staging", to: "previous" },
    { kind: "check", ...requested, ref: "refs/pull/7/head", sha },
  ];

  let count = 0;
  async function start(input: Json) {
    count += 1;
    const execution = {
      arn: `arn:aws:states:${aws.region}:${aws.accountId}:execution:release:hostile-${count}`,
      name: `hostile-${count}`,
      startedAt: "2026-11-20T10:00:00.000Z",
      redriveCount: 0,
    };
    return await aws.lambda.invoke("plan", { execution, input });
  }

  const mutations = inputs.flatMap((input) =>
    [...pathsIn(input), ["extra"]].flatMap((path) =>
      [undefined, ...otherKinds, ...hostileTexts].map((value) => ({
        path,
        value,
        input: changed(JSON.stringify(input), path, value),
      })),
    ),
  );

  test("is refused with the field, and never fails for another reason", { timeout: 120_000 }, async () => {
    expect(mutations.length).toBeGreaterThan(1_000);
    // One after the other: two checks of one pull request at the same moment would be a conflict, which is retried.
    for (const { path, value, input } of mutations) {
      const what = `${path.join(".")} = ${JSON.stringify(value)?.slice(0, 80)}`;
      const result = await start(
        v.parse(
          v.custom<Json>(() => true),
          JSON.parse(input),
        ),
      );
      if (result.ok) continue;
      const { errorType, errorMessage } = result.error;
      expect(["InvalidInputError", "RejectedError"], `${what}: ${errorType}: ${errorMessage}`).toContain(errorType);
      expect(errorMessage.length, what).toBeLessThan(20_000);
      expect(errorMessage, what).not.toMatch(unprintable);
      const namesField = errorMessage.includes(path[0] ?? "input");
      expect(errorType === "RejectedError" || namesField, `${what}: ${errorMessage}`).toBe(true);
    }
  });

  test.each<[string, Json]>([
    ["null", null],
    ["a list", []],
    ["a text", "deploy"],
    ["an empty object", {}],
    ["an unknown kind", { ...inputs[0], kind: "__proto__" }],
  ])("%s is an invalid input", async (_, input) => {
    expect(await start(input)).toMatchObject({ error: { errorType: "InvalidInputError" } });
  });
});

/** Every path in a value. */
function pathsIn(value: Json, before: Path = []): Path[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...before, key], ...pathsIn(inner, [...before, key])]);
}
