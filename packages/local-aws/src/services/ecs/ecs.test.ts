import {
  CreateClusterCommand,
  DescribeServicesCommand,
  ECSClient,
  ListAccountSettingsCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer } from "../../protocol/server.ts";
import type { RunningServer } from "../../protocol/server.ts";
import { realClock } from "../../clock/real-clock.ts";
import { createEcs } from "./ecs.ts";

describe("ECS at the wire", () => {
  let server: RunningServer;
  let client: ECSClient;

  beforeAll(async () => {
    const clock = realClock();
    const world = {
      clock,
      region: "us-east-1",
      accountId: "111122223333",
      random: () => 0,
      emit: () => {},
      invoke: () => Promise.reject(new Error("ECS invokes no function")),
      log: () => {},
    };
    const unused = () => {
      throw new Error("This test uses no images and no engine");
    };
    const { service } = createEcs(world, {
      images: { find: unused, push: unused, recordPull: unused },
      engine: { start: unused, refusal: unused },
      alarms: { raised: () => [], windowMs: () => 0 },
      parkReply: () => () => undefined,
    });
    server = await startServer({
      clock,
      home: { region: "us-east-1", accountId: "111122223333" },
      services: () => [service],
      callerOf: (accessKeyId) => ({ kind: "outside", accessKeyId }),
      requestId: () => "request",
    });
    client = new ECSClient({
      endpoint: server.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "AKIA", secretAccessKey: "secret" },
      maxAttempts: 1,
    });
  });

  afterAll(async () => {
    client.destroy();
    await server.close();
  });

  it("returns answers that the SDK parses", async () => {
    const { cluster } = await client.send(new CreateClusterCommand({ clusterName: "shop" }));
    expect(cluster).toMatchObject({
      clusterArn: "arn:aws:ecs:us-east-1:111122223333:cluster/shop",
      status: "ACTIVE",
      runningTasksCount: 0,
    });
  });

  it("returns errors that the SDK recognizes by name", async () => {
    const unknown = new DescribeServicesCommand({ cluster: "nowhere", services: ["web"] });
    await expect(client.send(unknown)).rejects.toMatchObject({
      name: "ClusterNotFoundException",
      message: "Cluster not found.",
      $fault: "client",
    });
  });

  it("returns NotInLocalAws for an operation that it does not implement", async () => {
    await expect(client.send(new ListAccountSettingsCommand({}))).rejects.toMatchObject({ name: "NotInLocalAws" });
  });
});
