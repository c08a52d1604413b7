import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Backend, backendOf } from "../protocol/backend.ts";
import { AwsError } from "../protocol/errors.ts";
import { operationShape, type Shape } from "../protocol/schemas.ts";
import type { Call, LocalService, Operations } from "../protocol/service.ts";
import { virtualClock } from "../clock/virtual-clock.ts";
import { createServices } from "./services.fixture.ts";

/** Values for strings: names that earlier requests may have created, JSON, tokens, and nonsense. */
const words = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("shop", "shop:1", "backend", "{}", "[]", "x".repeat(40), "ACTIVE", "STANDARD"),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "arn:aws:ecs:us-east-1:111122223333:service/shop/backend",
      "arn:aws:states:us-east-1:111122223333:execution:shop:backend",
      '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}',
      '{"source":["shop"]}',
      `sha256:${"0".repeat(64)}`,
      Buffer.from("offset=3").toString("base64url"),
      Buffer.from("position:99999").toString("base64url"),
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
);
const numbers = fc.constantFrom(-1, 0, 1, 2, 100, 101, 1000, 1001, 1.5, 1e12);

function inputOf(shape: Shape, depth: number): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case "string":
      return words;
    case "number":
      return numbers;
    case "boolean":
      return fc.boolean();
    case "timestamp":
      return fc.constantFrom(0, 1.7e9, -1);
    case "blob":
      return fc.base64String();
    case "document":
      return fc.jsonValue();
    case "list":
      return depth === 0 ? fc.constant([]) : fc.array(inputOf(shape.value, depth - 1), { maxLength: 3 });
    case "map":
      return depth === 0 ? fc.constant({}) : fc.dictionary(words, inputOf(shape.value, depth - 1), { maxKeys: 2 });
    case "structure":
    case "union": {
      if (depth === 0) return fc.constant({});
      const members = [...shape.members].map(([name, member]) => [name, inputOf(member, depth - 1)] as const);
      return fc.record(Object.fromEntries(members), { requiredKeys: [...shape.required] });
    }
  }
}

function operationsOf({ api }: LocalService): Operations {
  return api === undefined || "perform" in api ? {} : api.operations;
}

/** Requests to one service, in the order in which they are sent. */
function requestsTo(service: LocalService): fc.Arbitrary<{ operation: string; body: string }[]> {
  const requests = Object.entries(operationsOf(service)).map(([operation, { schema, members }]) => {
    const { input } = operationShape(schema);
    const implemented = [...input.members].filter(([name]) => members.includes(name));
    const wellFormed = fc
      .record(Object.fromEntries(implemented.map(([name, shape]) => [name, inputOf(shape, 3)])), {
        requiredKeys: input.required.filter((name) => members.includes(name)),
      })
      .map((value) => JSON.stringify(value));
    const body = fc.oneof(
      { weight: 12, arbitrary: wellFormed },
      { weight: 1, arbitrary: fc.json() },
      { weight: 1, arbitrary: fc.string() },
    );
    return body.map((text) => ({ operation, body: text }));
  });
  return fc.array(fc.oneof(...requests), { minLength: 1, maxLength: 25 });
}

const caller: Call["caller"] = { kind: "outside", accessKeyId: "AKIATEST" };

const allowedStatuses = [200, 400, 403, 404, 409, 501];

/** Rethrows every error other than AwsError: it is a defect of the local AWS. */
async function statusOf(backend: Backend, call: Call, body: string): Promise<number> {
  try {
    return (await backend.perform(call, body)).status;
  } catch (error) {
    if (error instanceof AwsError) return error.status;
    throw error;
  }
}

describe("on arbitrary requests in arbitrary order", () => {
  test.each(createServices(virtualClock()).map(({ name }, index) => [name, index] as const))(
    "%s returns an answer or an AWS error, and has no defect",
    async (_, index) => {
      const serviceAt = (): LocalService => {
        const service = createServices(virtualClock())[index];
        if (service === undefined) throw new Error(`There is no service with index ${index}`);
        return service;
      };
      await fc.assert(
        fc.asyncProperty(requestsTo(serviceAt()), async (requests) => {
          const service = serviceAt();
          const backend = backendOf(service);
          for (const { operation, body } of requests) {
            const call = { service: service.name, operation, requestId: "1", caller };
            expect(allowedStatuses, `${operation} ${body}`).toContain(await statusOf(backend, call, body));
          }
        }),
        { numRuns: 100, seed: 7 },
      );
    },
  );
});
