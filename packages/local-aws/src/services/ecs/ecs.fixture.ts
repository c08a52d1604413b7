/** For tests: ECS on a virtual clock with simulated tasks, called through the real SDK client. */
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import type {
  CreateServiceRequest,
  Deployment,
  HealthCheck,
  RegisterTaskDefinitionRequest,
  Service,
  Task,
  UpdateServiceRequest,
} from "@aws-sdk/client-ecs";
import { HttpResponse } from "@smithy/core/protocols";
import type { HttpRequest } from "@smithy/core/protocols";
import type { StoredImage } from "../../engines/engine.ts";
import { simulatedTasks } from "../../engines/simulated/tasks.ts";
import { backendOf } from "../../protocol/backend.ts";
import { randomSequence } from "../../world/random.ts";
import type { TaskRule } from "../../scenario/scenario.ts";
import { virtualClock } from "../../clock/virtual-clock.ts";
import type { ServiceEvent, World } from "../../world/world.ts";
import { createCloudWatch } from "../cloudwatch/cloudwatch.ts";
import { createEcs } from "./ecs.ts";
import type { EcsContext } from "./state.ts";

export const registryUri = "111122223333.dkr.ecr.us-east-1.amazonaws.com";
const healthCheck: HealthCheck = { command: ["CMD-SHELL", "curl -f http://localhost/health || exit 1"] };

/** Digest of the image that was built from `commit`. */
export function digestOf(commit: string): string {
  return `sha256:${commit.padEnd(64, "0")}`;
}

/** The cluster `shop` has `instances` container instances. ECS has one image of `shop/web` for each commit (`1`, `2`, `3`), rules for the tasks, and an alarm `errors`. */
export function ecsFixture({
  rules = [],
  seed = 1,
  instances = 0,
}: { rules?: readonly TaskRule[]; seed?: number; instances?: EcsContext["containerInstances"][string] } = {}) {
  const clock = virtualClock();
  const emitted: ServiceEvent[] = [];
  const logged: { group: string; stream: string; lines: readonly string[] }[] = [];
  const random = randomSequence(seed);
  const world: World = {
    clock,
    region: "us-east-1",
    accountId: "111122223333",
    random,
    emit: (event) => emitted.push(event),
    invoke: () => Promise.reject(new Error("ECS invokes no function")),
    log: (group, stream, lines) => logged.push({ group, stream, lines }),
  };
  const stored = ["1", "2", "3"].map((commit): StoredImage => ({
    repository: "shop/web",
    digest: digestOf(commit),
    tags: [commit],
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    sizeBytes: 1_000,
    pushedAt: 0,
    revision: commit,
  }));
  const images = {
    find: (repository: string, reference: string) =>
      stored.find((one) => one.repository === repository && [one.digest, ...one.tags].includes(reference)),
    push: () => {
      throw new Error("The ECS fixture does not push images");
    },
    recordPull: () => undefined,
  };
  const alarms = createCloudWatch(world, { alarms: [{ name: "errors", state: "OK" }] });
  const { signals } = alarms;
  const engine = simulatedTasks({ clock, random, log: world.log.bind(world), images, rules, signals });
  const ecs = createEcs(world, {
    images,
    engine,
    alarms,
    parkReply: () => () => undefined,
    containerInstances: { shop: instances },
  });
  const backend = backendOf(ecs.service);
  const client = new ECSClient({
    region: world.region,
    credentials: { accessKeyId: "AKIA", secretAccessKey: "secret" },
    maxAttempts: 1,
    requestHandler: {
      handle: async (request: HttpRequest) => {
        const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
        const answer = await backend.perform(
          { service: "ecs", operation, requestId: "request", caller: { kind: "outside", accessKeyId: "AKIA" } },
          new TextDecoder().decode(request.body),
        );
        return {
          response: new HttpResponse({
            statusCode: answer.status,
            headers: { ...answer.headers },
            body: Buffer.from(answer.body),
          }),
        };
      },
    },
  });
  /** Moves a mutable tag to the image of another commit. */
  const moveTag = (tag: string, commit: string) => {
    for (const [index, image] of stored.entries()) {
      const tags = image.tags.filter((one) => one !== tag);
      stored[index] = { ...image, tags: image.digest === digestOf(commit) ? [...tags, tag] : tags };
    }
  };
  return {
    moveTag,
    signals,
    requestService: ecs.requestService,
    clock,
    emitted,
    logged,
    client,
    ...actions(client),
    until: untilOf(client, clock),
  };
}

export type EcsFixture = ReturnType<typeof ecsFixture>;

/** A task definition that Fargate accepts, with the image of one commit. */
export function webDefinition(
  commit: string,
  container: Partial<RegisterTaskDefinitionRequest["containerDefinitions"] & object>[number] = {},
): RegisterTaskDefinitionRequest {
  return {
    family: "web",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "256",
    memory: "512",
    executionRoleArn: "arn:aws:iam::111122223333:role/execution",
    containerDefinitions: [
      {
        name: "web",
        image: `${registryUri}/shop/web@${digestOf(commit)}`,
        healthCheck,
        portMappings: [{ containerPort: 8080 }],
        logConfiguration: {
          logDriver: "awslogs",
          options: { "awslogs-group": "/shop/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs" },
        },
        ...container,
      },
    ],
  };
}

const cluster = "shop";

function actions(client: ECSClient) {
  const services = async () => {
    const { services = [] } = await client.send(new DescribeServicesCommand({ cluster, services: ["web"] }));
    return services;
  };
  return {
    register: async (definition: RegisterTaskDefinitionRequest) => {
      const { taskDefinition } = await client.send(new RegisterTaskDefinitionCommand(definition));
      return taskDefinition?.taskDefinitionArn ?? "";
    },
    deregister: (taskDefinition: string) => client.send(new DeregisterTaskDefinitionCommand({ taskDefinition })),
    /** Creates the cluster `shop`, the task definition `web:1` of commit 1, and the service `web`. */
    createWeb: async (
      options: Partial<CreateServiceRequest> = {},
      definition: RegisterTaskDefinitionRequest = webDefinition("1"),
    ) => {
      await client.send(new CreateClusterCommand({ clusterName: cluster }));
      await client.send(new RegisterTaskDefinitionCommand(definition));
      const { service } = await client.send(
        new CreateServiceCommand({
          cluster,
          serviceName: "web",
          taskDefinition: "web",
          ...(options.schedulingStrategy !== "DAEMON" && { desiredCount: 2 }),
          ...(options.capacityProviderStrategy === undefined &&
            options.schedulingStrategy !== "DAEMON" && { launchType: "FARGATE" }),
          networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } },
          ...options,
        }),
      );
      return present(service);
    },
    update: async (changes: Omit<UpdateServiceRequest, "service">) => {
      const { service } = await client.send(new UpdateServiceCommand({ cluster, service: "web", ...changes }));
      return present(service);
    },
    web: async () => present((await services())[0]),
    tasks: async (desiredStatus: "RUNNING" | "STOPPED" = "RUNNING"): Promise<Task[]> => {
      const { taskArns = [] } = await client.send(new ListTasksCommand({ cluster, serviceName: "web", desiredStatus }));
      if (taskArns.length === 0) return [];
      const { tasks = [] } = await client.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
      return tasks;
    },
  };
}

/** Advances the clock second by second until `predicate` holds. Throws after `limitMinutes`. */
function untilOf(client: ECSClient, clock: ReturnType<typeof virtualClock>) {
  return async (
    predicate: (service: Service, primary: Deployment) => boolean,
    limitMinutes = 120,
  ): Promise<Service> => {
    for (let second = 0; second < limitMinutes * 60; second += 1) {
      const { services } = await client.send(new DescribeServicesCommand({ cluster, services: ["web"] }));
      const service = present(services?.[0]);
      if (predicate(service, primaryOf(service))) return service;
      await clock.advance(1_000);
    }
    throw new Error(`The service did not reach the expected state within ${limitMinutes} minutes`);
  };
}

export function primaryOf(service: Service): Deployment {
  return present(service.deployments?.find(({ status }) => status === "PRIMARY"));
}

export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("Expected a value but got undefined");
  return value;
}
