import {
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteServiceCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import type { Shop } from "./shop.fixture.ts";

type Options = Pick<
  CreateServiceCommandInput,
  "desiredCount" | "placementStrategy" | "propagateTags" | "schedulingStrategy" | "tags"
> & {
  /** Port of the instance that each task reserves. */
  hostPort: number;
};

/** Creates the backend anew on the cluster's container instances. The request has no launch type, which means EC2. */
export async function moveToInstances(
  shop: Shop,
  { hostPort, ...options }: Options,
  ecs: ECSClient = shop.ecs,
): Promise<void> {
  const { cluster } = shop.environment;
  const service = "backend";
  await ecs.send(new DeleteServiceCommand({ cluster, service, force: true }));
  await shop.clock.advance(600_000);
  const described = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: `${cluster}-${service}` }));
  const { containerDefinitions = [], family, executionRoleArn, taskRoleArn } = described.taskDefinition ?? {};
  const registered = await ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      executionRoleArn,
      taskRoleArn,
      memory: "512",
      networkMode: "bridge",
      runtimePlatform: { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" },
      containerDefinitions: containerDefinitions.map((container) => ({
        ...container,
        portMappings: [{ containerPort: 8080, hostPort }],
      })),
    }),
  );
  const taskDefinition = registered.taskDefinition?.taskDefinitionArn;
  await ecs.send(new CreateServiceCommand({ cluster, serviceName: service, taskDefinition, ...options }));
  await shop.clock.advance(600_000);
}
