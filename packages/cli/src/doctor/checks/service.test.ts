import type { Service, TaskDefinition } from "@aws-sdk/client-ecs";
import { expect, test } from "vitest";
import { serviceFacts, serviceTarget } from "../doctor.fixture.ts";
import { judgeService } from "./service.ts";

const idsOf = (facts: Parameters<typeof judgeService>[0]) => judgeService(facts).map(({ id }) => id);

test("a service without problems is ok, with the running task definition", () => {
  expect(judgeService({ ...serviceFacts(), absentImages: [] })).toEqual([
    { id: "service", severity: "ok", subject: "staging/backend", seen: "2 of 2 tasks run backend:7" },
  ]);
});

const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } };

test.each<[string, Service, string[]]>([
  [
    "another controller, and no further problem",
    { deploymentController: { type: "CODE_DEPLOY" } },
    ["service.controller"],
  ],
  ["a disabled circuit breaker", { deploymentConfiguration: {} }, ["service.breaker-off"]],
  ["blue/green, which needs no circuit breaker", { deploymentConfiguration: { strategy: "BLUE_GREEN" } }, ["service"]],
  ["a minimum of 0 %", { deploymentConfiguration: { ...breaker, minimumHealthyPercent: 0 } }, ["service.downtime"]],
  [
    "percentages that let ECS neither stop nor start a task",
    { desiredCount: 1, deploymentConfiguration: { ...breaker, minimumHealthyPercent: 50, maximumPercent: 150 } },
    ["service.deadlocked"],
  ],
  [
    "a daemon, whose default percentages are others",
    { schedulingStrategy: "DAEMON", deploymentConfiguration: { ...breaker } },
    ["service.scale-to-zero", "service.downtime"],
  ],
  [
    "no desired task, which cannot have an outage",
    { deploymentConfiguration: { ...breaker, minimumHealthyPercent: 0 }, desiredCount: 0 },
    ["service.unproven"],
  ],
])("%s", (_, service, ids) => {
  expect(idsOf({ ...serviceFacts({ service }), absentImages: [] })).toEqual(ids);
});

test.each<[string, TaskDefinition, string[]]>([
  [
    "another container",
    { containerDefinitions: [{ name: "web", healthCheck: { command: [] } }] },
    ["service.container-absent"],
  ],
  ["no health check", { containerDefinitions: [{ name: "api" }] }, ["service.health-check-absent"]],
])("a task definition with %s", (_, taskDefinition, ids) => {
  expect(idsOf({ ...serviceFacts({ taskDefinition }), absentImages: [] })).toEqual(ids);
});

test("a template without an active revision is an error", () => {
  expect(idsOf({ ...serviceFacts(), template: "absent", absentImages: [] })).toEqual(["service.template-absent"]);
});

test("a template must have the containers and their health checks", () => {
  const healthCheck = { command: [] };
  const other = { containerDefinitions: [{ name: "web" }] };
  const own = { containerDefinitions: [{ name: "api", healthCheck }] };
  expect(idsOf({ ...serviceFacts({ taskDefinition: other }), template: own, absentImages: [] })).toEqual(["service"]);
  const lacking = idsOf({ ...serviceFacts({ taskDefinition: own }), template: other, absentImages: [] });
  expect(lacking).toEqual(["service.container-absent", "service.health-check-absent"]);
});

test("a load balancer checks health, and so does a probe", () => {
  const taskDefinition = { containerDefinitions: [{ name: "api" }] };
  const balanced = serviceFacts({ taskDefinition, service: { loadBalancers: [{ containerName: "api" }] } });
  expect(idsOf({ ...balanced, absentImages: [] })).toEqual(["service"]);
  const target = serviceTarget({ health: { probe: { url: "https://shop.example/health" } } });
  expect(idsOf({ ...serviceFacts({ taskDefinition, target }), absentImages: [] })).toEqual(["service"]);
});

test("an image that the registry lacks is named", () => {
  const [finding] = judgeService({ ...serviceFacts(), absentImages: ["registry/shop/backend:1"] });
  expect(finding).toMatchObject({ id: "service.image-absent", seen: "registry/shop/backend:1 is not in the registry" });
});

test("the remedy is a command for the service", () => {
  const [finding] = judgeService({
    ...serviceFacts({ service: { deploymentConfiguration: { minimumHealthyPercent: 50 } } }),
    absentImages: [],
  });
  expect(finding?.remedy).toContain("--cluster shop --service backend ");
  expect(finding?.remedy).toContain('{"minimumHealthyPercent":50,"maximumPercent":200,');
});

test("host ports need an instance for each task", () => {
  const containerDefinitions = [{ name: "api", healthCheck: { command: [] }, portMappings: [{ hostPort: 80 }] }];
  const facts = serviceFacts({ service: { launchType: "EC2" }, taskDefinition: { containerDefinitions } });
  const [finding] = judgeService({ ...facts, instances: 2, absentImages: [] });
  expect(finding).toMatchObject({ id: "service.deadlocked", seen: expect.stringContaining("needs 3 instances") });
  expect(finding?.remedy).toMatch(/^Use dynamic host ports/);
  expect(idsOf({ ...facts, instances: 3, absentImages: [] })).toEqual(["service"]);
  expect(idsOf({ ...facts, absentImages: [] })).toEqual(["service"]);
});

test("a task of a service with Service Connect lacks it", () => {
  const target = serviceTarget();
  const task = { name: "migrate", service: "api", container: "api", command: ["migrate"], deadlineMinutes: 15 };
  const withTask = { ...target, environment: { ...target.environment, tasks: { before: [task], after: [] } } };
  const service = { deployments: [{ serviceConnectConfiguration: { enabled: true } }] };
  const idsWith = (given: typeof target) => idsOf({ ...serviceFacts({ target: given, service }), absentImages: [] });
  expect(idsWith(withTask)).toEqual(["service.task-without-connect"]);
  expect(idsWith(target)).toEqual(["service"]);
});

test("an absent service is an error, an unknown one is no finding", () => {
  expect(idsOf({ ...serviceFacts({ service: "absent" }), absentImages: [] })).toEqual(["service.absent"]);
  expect(idsOf({ ...serviceFacts({ service: "unknown" }), absentImages: [] })).toEqual([]);
});
