import type { Service, TaskDefinition } from "@aws-sdk/client-ecs";
import { expect, test } from "vitest";
import { serviceFacts, serviceTarget } from "../doctor.fixture.ts";
import { judgeService } from "./service.ts";

const idsOf = (facts: Parameters<typeof judgeService>[0]) => judgeService(facts).map(({ id }) => id);

test("a service that nothing is wrong with is said to be so, with what runs", () => {
  expect(judgeService({ ...serviceFacts(), goneImages: [] })).toEqual([
    { id: "service", severity: "ok", subject: "staging/backend", seen: "2 of 2 tasks run backend:7" },
  ]);
});

const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } };

test.each<[string, Service, string[]]>([
  ["another controller, and nothing else", { deploymentController: { type: "CODE_DEPLOY" } }, ["service.controller"]],
  ["a breaker that is off", { deploymentConfiguration: {} }, ["service.breaker-off"]],
  ["blue and green, which need no breaker", { deploymentConfiguration: { strategy: "BLUE_GREEN" } }, ["service"]],
  ["an outage", { deploymentConfiguration: { ...breaker, minimumHealthyPercent: 0 } }, ["service.downtime"]],
  [
    "no task, which cannot be out",
    { deploymentConfiguration: { ...breaker, minimumHealthyPercent: 0 }, desiredCount: 0 },
    ["service.unproven"],
  ],
])("%s", (_, service, ids) => {
  expect(idsOf({ ...serviceFacts({ service }), goneImages: [] })).toEqual(ids);
});

test.each<[string, TaskDefinition, string[]]>([
  [
    "another container",
    { containerDefinitions: [{ name: "web", healthCheck: { command: [] } }] },
    ["service.container-absent"],
  ],
  ["no health check", { containerDefinitions: [{ name: "api" }] }, ["service.health-check-absent"]],
])("a task definition with %s", (_, taskDefinition, ids) => {
  expect(idsOf({ ...serviceFacts({ taskDefinition }), goneImages: [] })).toEqual(ids);
});

test("a template without an active revision is an error", () => {
  expect(idsOf({ ...serviceFacts(), template: "absent", goneImages: [] })).toEqual(["service.template-absent"]);
});

test("with a template, it is the template that has to have the containers and their checks", () => {
  const healthCheck = { command: [] };
  const other = { containerDefinitions: [{ name: "web" }] };
  const own = { containerDefinitions: [{ name: "api", healthCheck }] };
  expect(idsOf({ ...serviceFacts({ taskDefinition: other }), template: own, goneImages: [] })).toEqual(["service"]);
  const lacking = idsOf({ ...serviceFacts({ taskDefinition: own }), template: other, goneImages: [] });
  expect(lacking).toEqual(["service.container-absent", "service.health-check-absent"]);
});

test("a load balancer checks health, and so does a probe", () => {
  const taskDefinition = { containerDefinitions: [{ name: "api" }] };
  const balanced = serviceFacts({ taskDefinition, service: { loadBalancers: [{ containerName: "api" }] } });
  expect(idsOf({ ...balanced, goneImages: [] })).toEqual(["service"]);
  const target = serviceTarget({ health: { probe: { url: "https://shop.example/health" } } });
  expect(idsOf({ ...serviceFacts({ taskDefinition, target }), goneImages: [] })).toEqual(["service"]);
});

test("an image that is gone is named", () => {
  const [finding] = judgeService({ ...serviceFacts(), goneImages: ["registry/shop/backend:1"] });
  expect(finding).toMatchObject({ id: "service.image-gone", seen: "registry/shop/backend:1 is not in the registry" });
});

test("the remedy is a command for this very service", () => {
  const [finding] = judgeService({
    ...serviceFacts({ service: { deploymentConfiguration: { minimumHealthyPercent: 50 } } }),
    goneImages: [],
  });
  expect(finding?.remedy).toContain("--cluster shop --service backend ");
  expect(finding?.remedy).toContain('{"minimumHealthyPercent":50,"maximumPercent":200,');
});

test("what is not there is an error, and what was not seen is nothing", () => {
  expect(idsOf({ ...serviceFacts({ service: "absent" }), goneImages: [] })).toEqual(["service.absent"]);
  expect(idsOf({ ...serviceFacts({ service: "unseen" }), goneImages: [] })).toEqual([]);
});
