import { ECSClient, UpdateService$, UpdateServiceCommand, type UpdateServiceRequest } from "@aws-sdk/client-ecs";
import { expect, test } from "vitest";
import { AwsError } from "./errors.ts";
import { localHandler } from "./local-handler.ts";
import { operation } from "./service.ts";
import { failureOf, startWire } from "./wire.fixture.ts";

async function setUp() {
  let attempts = 0;
  const { client, exchange } = await startWire({
    services: [
      {
        name: "ecs",
        api: {
          protocol: "json",
          targetPrefix: "AmazonEC2ContainerServiceV20141113",
          jsonVersion: "1.1",
          operations: {
            UpdateService: operation<UpdateServiceRequest, object>(UpdateService$, ["service"], ({ service }) => {
              if (service === "gone") throw new AwsError("ServiceNotFoundException", "Service not found.");
              return { service: { serviceName: service, createdAt: new Date(1500) } };
            }),
          },
        },
      },
    ],
    around: async (_, run) => {
      attempts += 1;
      const answer = await run();
      if (attempts === 1) throw new Error("The connection breaks");
      return answer;
    },
  });
  // Each client's first attempt breaks.
  const connected = { sdk: new ECSClient(client), again: () => (attempts = 0) };
  const local = { ...connected, sdk: new ECSClient({ ...client, requestHandler: localHandler(exchange) }) };
  return [connected, local];
}

test.each(["web", "gone", "größe – ☂"])("a client without a connection gets the same answers: %s", async (service) => {
  const seen = [];
  for (const { sdk, again } of await setUp()) {
    again();
    const sent = sdk.send(new UpdateServiceCommand({ service }));
    const { $metadata, ...rest } = service === "gone" ? Object(await failureOf(sent)) : await sent;
    const { attempts, httpStatusCode } = $metadata;
    seen.push({ rest, attempts, httpStatusCode });
  }
  expect(seen[1]).toEqual(seen[0]);
  expect(seen[0]).toMatchObject({ attempts: 2 });
});
