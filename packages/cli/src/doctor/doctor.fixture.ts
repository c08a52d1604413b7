import type { Service, TaskDefinition } from "@aws-sdk/client-ecs";
import { configurationOf, oneService } from "@lockmaster/core/config/configuration.fixture.ts";
import type { ServiceTarget } from "./checking/scope.ts";
import type { ServiceFacts } from "./checking/context.ts";

/** A configured service without problems. */
export function serviceTarget(environment: { health?: { probe: { url: string } } } = {}): ServiceTarget {
  const configuration = configurationOf({
    ...oneService,
    environments: { staging: { ...oneService.environments.staging, ...environment } },
  });
  const { staging } = configuration.environments;
  if (staging === undefined) throw new TypeError("no staging");
  const service = { service: "backend", containers: { api: "backend" } };
  return { repository: "acme/shop", configuration, name: "staging", environment: staging, ...service };
}

type Changes = { target?: ServiceTarget; service?: Service | "absent" | "unknown"; taskDefinition?: TaskDefinition };

/** Facts of a service without problems, changed by `service` and `taskDefinition`. */
export function serviceFacts({
  target = serviceTarget(),
  service = {},
  taskDefinition = {},
}: Changes = {}): ServiceFacts {
  if (typeof service === "string") return { target, account: undefined, service, taskDefinition: "unknown" };
  return {
    target,
    account: undefined,
    service: {
      status: "ACTIVE",
      launchType: "FARGATE",
      desiredCount: 2,
      runningCount: 2,
      taskDefinition: "arn:aws:ecs:us-east-1:111122223333:task-definition/backend:7",
      deploymentConfiguration: {
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
      },
      ...service,
    },
    taskDefinition: {
      family: "backend",
      cpu: "256",
      containerDefinitions: [{ name: "api", healthCheck: { command: ["CMD", "true"] } }],
      ...taskDefinition,
    },
  };
}
