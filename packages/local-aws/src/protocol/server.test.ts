import {
  ECSClient,
  UpdateService$,
  UpdateServiceCommand,
  type UpdateServiceRequest,
  type UpdateServiceResponse,
} from "@aws-sdk/client-ecs";
import { cbor } from "@smithy/core/cbor";
import { describe, expect, test } from "vitest";
import { errorAnswer, jsonAnswer } from "./answer.ts";
import type { ObservedCall } from "./dispatch.ts";
import { AwsError } from "./errors.ts";
import type { Route } from "./http.ts";
import { type Call, type LocalService, operation, type Parsed } from "./service.ts";
import { failureOf, signed, startWire } from "./wire.fixture.ts";

type UpdateService = (input: Parsed<UpdateServiceRequest>, call: Call) => ReturnType<typeof answer>;

const prefix = "AmazonEC2ContainerServiceV20141113";
const target = `${prefix}.UpdateService`;

function answer(): UpdateServiceResponse | Promise<UpdateServiceResponse> {
  return { service: { serviceName: "web", createdAt: new Date(1500) } };
}

function ecs(handle: UpdateService = answer): LocalService {
  return {
    name: "ecs",
    api: {
      protocol: "json",
      targetPrefix: prefix,
      jsonVersion: "1.1",
      operations: {
        UpdateService: operation<UpdateServiceRequest, UpdateServiceResponse>(
          UpdateService$,
          ["service", "cluster"],
          handle,
        ),
      },
    },
  };
}

const sts: LocalService = {
  name: "sts",
  api: { protocol: "query", namespace: "https://sts.amazonaws.com/doc/2011-06-15/", operations: {} },
};

const routed = (path: string, route: Route): LocalService => ({ name: "routed", routes: { [path]: route } });

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

async function turnsOfTheEventLoop(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("a call that succeeds", () => {
  test("gets an answer that the SDK parses", async () => {
    const { client } = await startWire({ services: [ecs()] });

    const { service, $metadata } = await new ECSClient(client).send(new UpdateServiceCommand({ service: "web" }));

    expect(service).toEqual({ serviceName: "web", createdAt: new Date(1500) });
    expect($metadata).toMatchObject({ httpStatusCode: 200, requestId: "request-1" });
  });

  test("has no Date header, which would make the SDK correct its clock", async () => {
    const { endpoint } = await startWire({ services: [ecs()] });

    const response = await fetch(endpoint, { method: "POST", headers: signed("ecs", target), body: '{"service":"a"}' });

    expect(response.status).toBe(200);
    expect(response.headers.has("date")).toBe(false);
  });

  test("is attributed by its access key", async () => {
    const calls: Call[] = [];
    const { client } = await startWire({
      services: [ecs((_, call) => (calls.push(call), answer()))],
      callerOf: (functionName) => ({ kind: "function", functionName, invocationId: "1" }),
    });

    await new ECSClient(client).send(new UpdateServiceCommand({ service: "web" }));

    expect(calls).toEqual([
      {
        service: "ecs",
        operation: "UpdateService",
        requestId: "request-1",
        caller: { kind: "function", functionName: "AKIATEST", invocationId: "1" },
        logicalCall: expect.stringMatching(/./),
      },
    ]);
  });

  test("is passed to the observer, like a call that fails", async () => {
    const observed: ObservedCall[] = [];
    const { client } = await startWire({ services: [ecs()], observe: (call) => observed.push(call) });
    const sdk = new ECSClient(client);

    await sdk.send(new UpdateServiceCommand({ service: "web" }));
    await failureOf(sdk.send(new UpdateServiceCommand({ service: "web", desiredCount: 1 })));

    expect(observed).toMatchObject([
      { call: { operation: "UpdateService" }, body: '{"service":"web"}', status: 200 },
      { call: { operation: "UpdateService" }, status: 501, errorName: "NotInLocalAws" },
    ]);
  });
});

describe("a call that fails", () => {
  test("reaches the SDK with AWS's name, message, status and members", async () => {
    const { client } = await startWire({
      services: [
        ecs(() => {
          throw new AwsError("ConflictException", "Busy.", 400, { resourceIds: ["web"] });
        }),
      ],
    });

    const error = await failureOf(new ECSClient(client).send(new UpdateServiceCommand({ service: "web" })));

    expect(error).toMatchObject({
      name: "ConflictException",
      message: "Busy.",
      resourceIds: ["web"],
      $metadata: { httpStatusCode: 400, attempts: 1 },
    });
  });

  test.each([
    ["an operation", "DescribeServices", {}, "the operation ecs:DescribeServices"],
    [
      "a member",
      "UpdateService",
      { service: "web", desiredCount: 2 },
      "the member 'desiredCount' of ecs:UpdateService",
    ],
  ])("names %s that the local AWS does not have", async (_, operation, input, what) => {
    const { endpoint } = await startWire({ services: [ecs()] });

    const response = await fetch(endpoint, {
      method: "POST",
      headers: signed("ecs", `${prefix}.${operation}`),
      body: JSON.stringify(input),
    });

    expect(response.status).toBe(501);
    expect(await response.json()).toEqual({
      __type: "NotInLocalAws",
      message: `The local AWS does not have ${what}.`,
    });
  });

  test.each<[string, UpdateService]>([
    [
      "throws",
      () => {
        throw new TypeError("oops");
      },
    ],
    ["returns a member that is not in the SDK's schema", () => Object.assign(answer(), { nmae: "web" })],
    ["returns a wrong type", () => ({ service: { createdAt: new Date(Number.NaN) } })],
  ])("is a defect of the local AWS when the handler %s", async (_, handle) => {
    const defects: unknown[] = [];
    const { endpoint } = await startWire({ services: [ecs(handle)], onDefect: (error) => defects.push(error) });

    const response = await fetch(endpoint, { method: "POST", headers: signed("ecs", target), body: '{"service":"a"}' });

    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ __type: "InternalFailure" });
    expect(defects).toHaveLength(1);
  });
});

describe("a request that no operation can answer", () => {
  const body = '{"service":"web"}';
  const unsigned = { "x-amz-target": target };
  test.each([
    ["unsigned", "POST", unsigned, 400, "MissingAuthenticationTokenException"],
    ["to a service that does not exist", "POST", signed("ssm", "AmazonSSM.GetParameter"), 501, "NotInLocalAws"],
    ["of a REST protocol with JSON", "GET", signed("inspector2"), 501, "NotInLocalAws"],
    ["without an operation", "POST", signed("ecs", prefix), 400, "UnknownOperationException"],
    ["with an unknown access key", "POST", signed("ecs", target), 400, "UnrecognizedClientException"],
  ])("%s", async (_, method, headers, status, name) => {
    const { endpoint } = await startWire({ services: [ecs()], callerOf: () => undefined });

    const response = await fetch(endpoint, { method, headers, ...(method === "POST" && { body }) });

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ __type: name });
    expect(response.headers.get("x-amzn-errortype")).toBe(name);
  });

  test("is refused with what its operation was looked for in", async () => {
    const { endpoint } = await startWire({ services: [ecs()] });
    const response = await fetch(`${endpoint}/coverage/list`, { headers: signed("inspector2") });
    expect(await response.json()).toMatchObject({
      message:
        "The local AWS does not have GET /coverage/list of the service 'inspector2': the request names no operation, neither in the header X-Amz-Target nor in the form field Action.",
    });
  });

  test.each([
    ["an unknown service", "sns", "ListTopics"],
    ["an unknown operation", "sts", "GetFederationToken"],
  ])("of the query protocol is refused in XML: %s", async (_, service, action) => {
    const { endpoint } = await startWire({ services: [sts] });

    const response = await fetch(endpoint, {
      method: "POST",
      headers: { ...signed(service), "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
      body: `Action=${action}&Version=2011-06-15`,
    });

    expect(response.status).toBe(501);
    expect(await response.text()).toMatch(
      /^<ErrorResponse><Error><Type>Receiver<\/Type><Code>NotInLocalAws<\/Code>.*<RequestId>request-1<\/RequestId>/,
    );
  });

  test.each([
    ["s3", "GET", {}, /^<Error><Code>NotInLocalAws<\/Code>/],
    ["route53", "GET", {}, /^<ErrorResponse><Error>.*<Code>NotInLocalAws<\/Code>/],
    [
      "ec2",
      "POST",
      { "content-type": "application/x-www-form-urlencoded" },
      /^<Response><Errors><Error><Code>NotInLocalAws<\/Code>/,
    ],
  ])("of %s is refused in its XML", async (service, method, headers, expected) => {
    const { endpoint } = await startWire();

    const response = await fetch(`${endpoint}/`, {
      method,
      headers: { ...signed(service), ...headers },
      ...(method === "POST" && { body: "Action=DescribeVpcs" }),
    });

    expect(await response.text()).toMatch(expected);
    expect(response.status).toBe(501);
  });

  test("of RPC v2 is refused in CBOR", async () => {
    const { endpoint } = await startWire();

    const response = await fetch(`${endpoint}/service/GraniteServiceVersion20100801/operation/ListMetrics`, {
      method: "POST",
      headers: { ...signed("monitoring"), "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" },
    });

    expect(response.headers.get("smithy-protocol")).toBe("rpc-v2-cbor");
    expect(cbor.deserialize(new Uint8Array(await response.arrayBuffer()))).toMatchObject({ __type: "NotInLocalAws" });
  });

  test.each(["1.0", "1.1"])("of JSON %s is refused in that version", async (version) => {
    const { endpoint } = await startWire();

    const response = await fetch(endpoint, {
      method: "POST",
      headers: { ...signed("kms", "TrentService.ListKeys"), "content-type": `application/x-amz-json-${version}` },
      body: "{}",
    });

    expect(response.headers.get("content-type")).toBe(`application/x-amz-json-${version}`);
  });

  test("too large is refused before it is read", async () => {
    const { endpoint } = await startWire({ services: [ecs()] });
    const service = "x".repeat(8 * 1024 * 1024);

    const response = await fetch(endpoint, {
      method: "POST",
      headers: signed("ecs", target),
      body: JSON.stringify({ service }),
    });

    expect(response.status).toBe(413);
  });
});

describe("the clock", () => {
  test("is held until the answer is complete", async () => {
    const order: string[] = [];
    const [received, mayAnswer] = [gate(), gate()];
    const { client, clock } = await startWire({
      services: [
        ecs(async () => {
          received.open();
          await mayAnswer.opened;
          order.push("answered");
          return answer();
        }),
      ],
    });
    clock.after(10, () => order.push("timer"));

    const call = new ECSClient(client).send(new UpdateServiceCommand({ service: "web" }));
    await received.opened;
    const advanced = clock.advance(10);
    await turnsOfTheEventLoop(50);
    mayAnswer.open();
    await Promise.all([call, advanced]);

    expect(order).toEqual(["answered", "timer"]);
  });

  test("is not held while an answer is parked", async () => {
    const received = gate();
    const { client, clock } = await startWire({
      services: [ecs()],
      around: (_, run, park) => {
        received.open();
        return park(() => new Promise((resolve) => clock.after(5000, () => resolve(run()))));
      },
    });

    const call = new ECSClient(client).send(new UpdateServiceCommand({ service: "web" }));
    await received.opened;
    await clock.advance(5000);

    expect((await call).service?.serviceName).toBe("web");
  });
});

describe("the wrapper of every call", () => {
  test("can answer instead of the service", async () => {
    const { client } = await startWire({
      services: [ecs()],
      around: (call) => Promise.resolve(errorAnswer(new AwsError("AccessDeniedException", call.operation))),
    });

    const error = await failureOf(new ECSClient(client).send(new UpdateServiceCommand({ service: "web" })));

    expect(error).toMatchObject({ name: "AccessDeniedException", message: "UpdateService" });
  });

  test("can break the connection after the effect", async () => {
    let effects = 0;
    const { client } = await startWire({
      services: [ecs(() => ((effects += 1), answer()))],
      around: async (_, run) => {
        await run();
        throw new Error("reset");
      },
    });

    const error = await failureOf(
      new ECSClient({ ...client, maxAttempts: 1 }).send(new UpdateServiceCommand({ service: "web" })),
    );

    expect(error).toMatchObject({ code: "ECONNRESET" });
    expect(effects).toBe(1);
  });
});

describe("a route", () => {
  test("receives the unchanged request, and its answer is sent unchanged", async () => {
    const { endpoint } = await startWire({
      services: [
        routed("/lambda-url/", ({ method, path, headers, body }) =>
          Promise.resolve(jsonAnswer("1.0", JSON.stringify([method, path, headers["x-a"], body.toString("hex")]))),
        ),
      ],
    });

    const response = await fetch(`${endpoint}/lambda-url/webhook?a=1`, {
      method: "PUT",
      headers: { "x-a": "b" },
      body: new Uint8Array([0, 255]),
    });

    expect(await response.json()).toEqual(["PUT", "/lambda-url/webhook?a=1", "b", "00ff"]);
    expect(response.headers.has("date")).toBe(false);
  });

  test("that fails is a defect of the local AWS", async () => {
    const defects: string[] = [];
    const { endpoint } = await startWire({
      services: [routed("/broken", () => Promise.reject(new TypeError("oops")))],
      onDefect: (_, where) => defects.push(where),
    });

    const response = await fetch(`${endpoint}/broken`);

    expect(response.status).toBe(500);
    expect(defects).toEqual(["GET /broken"]);
  });

  test("does not hold the clock", async () => {
    const received = gate();
    const { endpoint, clock } = await startWire({
      services: [
        routed("/slow", () => {
          received.open();
          return new Promise((resolve) => clock.after(1000, () => resolve(jsonAnswer("1.0", "{}"))));
        }),
      ],
    });

    const response = fetch(`${endpoint}/slow`);
    await received.opened;
    await clock.advance(1000);

    expect((await response).status).toBe(200);
  });
});
