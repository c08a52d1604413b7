import { CreateService$, RegisterTaskDefinition$, UpdateService$ } from "@aws-sdk/client-ecs";
import { PutEvents$ } from "@aws-sdk/client-eventbridge";
import { PutSecretValue$ } from "@aws-sdk/client-secrets-manager";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { listViolations } from "./constraints.ts";
import { parseRequest } from "./parse.ts";
import { type OperationSchema, operationShape } from "./schemas.ts";
import { serializeAnswer } from "./serialize.ts";

function parse(schema: OperationSchema, body: string): unknown {
  const { name, input } = operationShape(schema);
  const members = [...input.members.keys()];
  const refuse = listViolations("ValidationException");
  return parseRequest(input, body, { operation: name, members, constraints: {}, refuse });
}

function failure(schema: OperationSchema, body: string): unknown {
  try {
    return parse(schema, body);
  } catch (error) {
    return error;
  }
}

describe("parsing", () => {
  test("reads timestamps as Dates and blobs as bytes", () => {
    const events = parse(PutEvents$, '{"Entries":[{"Time":1767603600.5,"Source":"a"}]}');
    const secret = parse(PutSecretValue$, '{"SecretId":"a","SecretBinary":"AP8="}');

    expect(events).toEqual({ Entries: [{ Time: new Date(1767603600500), Source: "a" }] });
    expect(secret).toEqual({ SecretId: "a", SecretBinary: Buffer.from([0, 255]) });
  });

  test("drops nulls and unknown keys", () => {
    expect(parse(UpdateService$, '{"service":"web","cluster":null,"colour":"red"}')).toEqual({ service: "web" });
  });

  test.each([
    ["an empty body", "", "The request is not JSON"],
    ["an incomplete body", '{"service":', "The request is not JSON"],
    ["a list", "[]", "LIST_VALUE can not be converted to a Structure"],
    ["a number for a string", '{"service":1}', "NUMBER_VALUE can not be converted to a String at 'service'"],
    ["a string for a number", '{"service":"a","desiredCount":"1"}', "a Number at 'desiredCount'"],
    ["a string for a boolean", '{"service":"a","forceNewDeployment":"true"}', "a Boolean at 'forceNewDeployment'"],
    [
      "a structure for a list",
      '{"service":"a","networkConfiguration":{"awsvpcConfiguration":{"subnets":{}}}}',
      "STRUCTURE_VALUE can not be converted to a List at 'networkConfiguration.awsvpcConfiguration.subnets'",
    ],
    [
      "a null in a list",
      '{"service":"a","loadBalancers":[{},null]}',
      "NULL_VALUE can not be converted to a Structure at 'loadBalancers.2.member'",
    ],
  ])("refuses %s", (_, body, message) => {
    expect(failure(UpdateService$, body)).toMatchObject({
      name: "SerializationException",
      status: 400,
      message: expect.stringContaining(message),
    });
  });

  test.each([
    [
      "text for a timestamp",
      PutEvents$,
      '{"Entries":[{"Time":"2026-01-05"}]}',
      "a Timestamp at 'entries.1.member.time'",
    ],
    ["invalid base64", PutSecretValue$, '{"SecretId":"a","SecretBinary":"*"}', "'secretBinary' is not valid base64"],
  ])("refuses %s", (_, schema, body, message) => {
    expect(failure(schema, body)).toMatchObject({
      name: "SerializationException",
      message: expect.stringContaining(message),
    });
  });

  test("names all missing required members, at every depth", () => {
    expect(failure(CreateService$, "{}")).toMatchObject({
      name: "ValidationException",
      message:
        "1 validation error detected: Value null at 'serviceName' failed to satisfy constraint: Member must not be null",
    });
    const body =
      '{"family":"web","volumes":[{}],"placementConstraints":[],"runtimePlatform":{},"tags":[{}],"proxyConfiguration":{}}';
    expect(failure(RegisterTaskDefinition$, body)).toMatchObject({
      message:
        "2 validation errors detected: " +
        "Value null at 'proxyConfiguration.containerName' failed to satisfy constraint: Member must not be null; " +
        "Value null at 'containerDefinitions' failed to satisfy constraint: Member must not be null",
    });
  });

  test("keeps all keys of a map, also __proto__ and constructor", () => {
    const { input } = operationShape(RegisterTaskDefinition$);
    const body = '{"family":"web","containerDefinitions":[{"dockerLabels":{"__proto__":"a","constructor":"b"}}]}';

    const parsed = parse(RegisterTaskDefinition$, body);

    expect(serializeAnswer(input, parsed)).toBe(body);
  });
});

describe("serializing", () => {
  test("writes parsed values back unchanged", () => {
    const { input } = operationShape(PutEvents$);
    const entry = fc.record(
      {
        Time: fc.integer({ min: 0, max: 4e9 }),
        Source: fc.string(),
        Resources: fc.array(fc.string()),
        Detail: fc.string({ unit: "binary" }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(entry), (Entries) => {
        const body = JSON.stringify({ Entries });
        expect(JSON.parse(serializeAnswer(input, parse(PutEvents$, body)))).toEqual(JSON.parse(body));
      }),
    );
  });

  test("writes bytes back as base64", () => {
    const { input } = operationShape(PutSecretValue$);
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const body = JSON.stringify({ SecretId: "a", SecretBinary: Buffer.from(bytes).toString("base64") });
        expect(serializeAnswer(input, parse(PutSecretValue$, body))).toBe(body);
      }),
    );
  });

  test("omits undefined values", () => {
    const { output } = operationShape(UpdateService$);
    expect(serializeAnswer(output, { service: { serviceName: "web", status: undefined } })).toBe(
      '{"service":{"serviceName":"web"}}',
    );
  });

  test.each([
    ["a key that is not in the schema", { service: { nmae: "web" } }, ".service.nmae is not in the SDK's schema"],
    ["null", { service: null }, ".service is not a structure"],
    [
      "a timestamp that is not a Date",
      { service: { createdAt: "2026-01-05" } },
      ".service.createdAt is not a timestamp",
    ],
    ["NaN", { service: { desiredCount: Number.NaN } }, ".service.desiredCount is not a number"],
  ])("throws at %s", (_, value, message) => {
    const { output } = operationShape(UpdateService$);
    expect(() => serializeAnswer(output, value)).toThrow(message);
  });
});
