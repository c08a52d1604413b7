import type { ConfigurationInput } from "@lockmaster/core/config/configuration.ts";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import shipped from "../../examples/shop/lockmaster.config.ts";
import type { Recording } from "./recorded.ts";
import { named, statementsOf } from "./named.ts";
import { ofType, roleOf } from "./resources.ts";
import { synth } from "./synth.ts";

type Workload = NonNullable<NonNullable<ConfigurationInput["installation"]>["workload"]>;

const arn = (service: string, resource: string) => `arn:aws:${service}:eu-central-1:111122223333:${resource}`;
const withWorkload = (workload: Workload) => synth({ configuration: { ...shipped, installation: { workload } } });
const inStaging = (settings: NonNullable<Workload["repositories"]>[string][string]) =>
  withWorkload({ repositories: { "acme/shop": { staging: settings } } });

const Containers = v.pipe(v.string(), v.parseJson(), v.array(v.looseObject({ name: v.string(), image: v.string() })));
const containersOf = (recording: Recording, family: string) =>
  v.parse(Containers, named(recording, "ecs/taskDefinition:TaskDefinition", family, "family")["containerDefinitions"]);

/** Inbound rules from outside the network, by security group. */
function openings(recording: Recording): unknown[] {
  return ofType(recording, "ec2/securityGroup:SecurityGroup").flatMap(({ inputs }) =>
    v
      .parse(
        v.array(v.looseObject({ fromPort: v.number(), cidrBlocks: v.optional(v.array(v.string()), []) })),
        inputs["ingress"],
      )
      .filter(({ cidrBlocks }) => cidrBlocks.includes("0.0.0.0/0"))
      .map(({ fromPort }) => [inputs["name"], fromPort]),
  );
}

test("it is not created unless it is configured", async () => {
  const recorded = await synth();

  expect(
    recorded.resources.filter(({ type }) => /^(?:aws:(?:ec2|ecs|lb|appautoscaling)\/|sst:aws:Vpc)/.test(type)),
  ).toEqual([]);
});

describe("with default settings", async () => {
  const recorded = await withWorkload({});

  test("every environment has its cluster and services under the configured names", () => {
    const services = ofType(recorded, "ecs/service:Service").map(({ inputs }) => String(inputs["name"]));

    expect(ofType(recorded, "ecs/cluster:Cluster").map(({ inputs }) => String(inputs["name"]))).toEqual([
      "shop-staging",
      "shop-production",
    ]);
    expect(services.toSorted()).toEqual(["backend", "backend", "frontend", "frontend", "worker", "worker"]);
  });

  test("the stack changes neither the image, which releases set, nor the number of tasks, which autoscaling sets", () => {
    for (const { inputs, options } of ofType(recorded, "ecs/service:Service")) {
      expect(options.ignoreChanges.toSorted()).toEqual(["desiredCount", "taskDefinition"]);
      expect(inputs).toMatchObject({
        launchType: "FARGATE",
        deploymentCircuitBreaker: { enable: true, rollback: true },
      });
    }
    expect(ofType(recorded, "appautoscaling/policy:Policy")).toHaveLength(6);
  });

  test("the stored configuration names the template of each service", () => {
    const stored = JSON.stringify(ofType(recorded, "dynamodb/tableItem:TableItem").map(({ inputs }) => inputs["item"]));

    for (const { inputs } of ofType(recorded, "ecs/taskDefinition:TaskDefinition")) {
      const family = String(inputs["family"]);
      expect([family, new RegExp(`${family}(?![\\w-])`).test(stored)]).toEqual([family, family.endsWith("-template")]);
    }
  });

  test("the first task definition belongs to the family of the releases, and later deployments ignore it", () => {
    const first = ofType(recorded, "ecs/taskDefinition:TaskDefinition").find(
      ({ inputs }) => inputs["family"] === "shop-staging-frontend",
    );

    expect(first?.options.ignoreChanges).toEqual(["*"]);
    expect(containersOf(recorded, "shop-staging-frontend")).toMatchObject([
      { name: "web", command: ["sh", "-c", "exec sleep 2147483647"] },
    ]);
    expect(containersOf(recorded, "shop-staging-frontend-template")[0]).not.toHaveProperty("command");
  });

  test("nothing is public: no load balancer, no public address, no inbound rule", () => {
    expect(ofType(recorded, "lb/loadBalancer:LoadBalancer")).toEqual([]);
    expect(openings(recorded)).toEqual([]);
    for (const { inputs } of ofType(recorded, "ecs/service:Service")) {
      expect(inputs["networkConfiguration"]).toMatchObject({
        assignPublicIp: false,
        subnets: [expect.stringContaining("Private"), expect.stringContaining("Private")],
      });
    }
  });

  test("the roles of tasks are the ones that Lockmaster can pass, with only the permissions that ECS needs", () => {
    const execution = "shop-staging-frontend-execution";

    expect(statementsOf(recorded, "shop-staging-frontend-task")).toEqual([]);
    expect(roleOf(recorded, execution).assumeRolePolicy.Statement).toMatchObject([
      {
        Principal: { Service: ["ecs-tasks.amazonaws.com"] },
        Condition: { StringEquals: { "aws:SourceAccount": ["111122223333"] } },
      },
    ]);
    expect(statementsOf(recorded, execution).map(({ Action, Resource }) => [Action.length, Resource])).toEqual([
      [1, ["*"]],
      [3, [arn("ecr", "repository/shop/frontend")]],
      [2, [arn("logs", "log-group:/ecs/shop-staging-frontend:*")]],
    ]);
    expect(named(recorded, "cloudwatch/logGroup:LogGroup", "/ecs/shop-staging-frontend")).toMatchObject({
      retentionInDays: 90,
    });
  });
});

describe("with every setting", async () => {
  const certificate = arn("acm", "certificate/1");
  const secret = arn("secretsmanager", "secret:shop/database-AbCdEf");
  const recorded = await inStaging({
    certificate,
    serviceConnect: true,
    telemetry: true,
    services: {
      frontend: {
        route: { container: "web", healthPath: "/health" },
        containers: { web: { port: 8080, secrets: { DATABASE_URL: `${secret}:url::` } } },
      },
      backend: {
        route: { container: "api", paths: ["/api/*"] },
        containers: { api: { port: 9000 } },
        policies: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
      },
    },
  });

  test("only the load balancer is reachable from the internet, and it connects only to routes", () => {
    const ingress = named(recorded, "ec2/securityGroup:SecurityGroup", "lockmaster-staging/acme/shop/staging-tasks")[
      "ingress"
    ];
    const balancer = "lockmaster-staging/acme/shop/staging-balancer";

    expect(openings(recorded)).toEqual([
      [balancer, 80],
      [balancer, 443],
    ]);
    expect(ingress).toEqual([
      { protocol: "tcp", fromPort: 8080, toPort: 8080, securityGroups: [`${balancer}-id`] },
      { protocol: "tcp", fromPort: 9000, toPort: 9000, securityGroups: [`${balancer}-id`] },
      { protocol: "tcp", fromPort: 8080, toPort: 8080, self: true },
      { protocol: "tcp", fromPort: 9000, toPort: 9000, self: true },
    ]);
  });

  test("a certificate enables HTTPS only", () => {
    expect(ofType(recorded, "lb/listener:Listener").map(({ inputs }) => inputs)).toMatchObject([
      { port: 80, defaultActions: [{ type: "redirect" }] },
      { port: 443, certificateArn: certificate, defaultActions: [{ type: "fixed-response" }] },
    ]);
  });

  test("the route for all paths has the last priority", () => {
    const rules = ofType(recorded, "lb/listenerRule:ListenerRule").map(({ inputs }) => inputs);

    expect(rules.toSorted((a, b) => Number(a["priority"]) - Number(b["priority"]))).toMatchObject([
      { conditions: [{ pathPattern: { values: ["/api/*"] } }] },
      { conditions: [{ pathPattern: { values: ["/*"] } }] },
    ]);
  });

  test("the placeholder passes the load balancer's health check", () => {
    expect(ofType(recorded, "lb/targetGroup:TargetGroup")[0]?.inputs["healthCheck"]).toMatchObject({ path: "/health" });
    expect(containersOf(recorded, "shop-staging-frontend")[0]?.["command"]).toEqual([
      "sh",
      "-c",
      "mkdir -p /tmp/www && echo 'No release has been deployed yet.' > /tmp/www/health && exec httpd -f -p 8080 -h /tmp/www",
    ]);
  });

  test("only the execution role that needs a secret can read it", () => {
    const roles = ofType(recorded, "iam/role:Role").filter(({ inputs }) => JSON.stringify(inputs).includes(secret));

    expect(roles.map(({ inputs }) => String(inputs["name"]))).toEqual(["shop-staging-frontend-execution"]);
    expect(containersOf(recorded, "shop-staging-frontend-template")[0]).toMatchObject({
      secrets: [{ name: "DATABASE_URL", valueFrom: `${secret}:url::` }],
    });
  });

  test("the collector is a sidecar that is not essential", () => {
    const actions = statementsOf(recorded, "shop-staging-frontend-task").flatMap(({ Action }) => Action);

    expect(containersOf(recorded, "shop-staging-frontend-template")).toMatchObject([
      { name: "web", environment: [{ name: "OTEL_EXPORTER_OTLP_ENDPOINT" }] },
      { name: "otel-collector", essential: false },
    ]);
    expect(containersOf(recorded, "shop-staging-frontend")).toHaveLength(1);
    expect(actions).toContain("xray:PutTraceSegments");
  });

  test("Service Connect uses the containers' names", () => {
    const frontend = ofType(recorded, "ecs/service:Service").find(
      ({ name }) => name === "Service-shop-staging-frontend",
    );

    expect(frontend?.inputs["serviceConnectConfiguration"]).toMatchObject({
      enabled: true,
      services: [{ portName: "web", clientAlias: [{ dnsName: "web", port: 8080 }] }],
    });
  });

  test("an application's own policies are attached to its task role", () => {
    expect(ofType(recorded, "iam/rolePolicyAttachment:RolePolicyAttachment").map(({ inputs }) => inputs)).toEqual([
      { role: "shop-staging-backend-task", policyArn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" },
    ]);
  });
});

test("in a private environment without NAT tasks have public addresses but no inbound rules", async () => {
  const services = { frontend: { route: { container: "web" }, containers: { web: { port: 8080 } } } };
  const recorded = await withWorkload({
    network: { nat: "none" },
    repositories: { "acme/shop": { staging: { public: false, services } } },
  });

  expect(ofType(recorded, "ec2/natGateway:NatGateway")).toEqual([]);
  expect(ofType(recorded, "lb/loadBalancer:LoadBalancer").map(({ inputs }) => inputs["internal"])).toEqual([true]);
  expect(openings(recorded)).toEqual([]);
  for (const { inputs } of ofType(recorded, "ecs/service:Service")) {
    expect(inputs["networkConfiguration"]).toMatchObject({
      assignPublicIp: true,
      subnets: [expect.stringContaining("Public"), expect.stringContaining("Public")],
    });
  }
});

test("NAT instances have no permissions, have the boundary, and are not replaced by a newer image", async () => {
  const permissionsBoundary = "arn:aws:iam::111122223333:policy/boundary";
  const recorded = await synth({
    configuration: { ...shipped, installation: { permissionsBoundary, workload: { network: { nat: "instance" } } } },
  });

  expect(ofType(recorded, "ec2/instance:Instance").map(({ options }) => options.ignoreChanges)).toEqual([
    ["ami"],
    ["ami"],
  ]);
  expect(roleOf(recorded, "lockmaster-staging-nat")).toMatchObject({ inlinePolicies: [], managedPolicyArns: [] });
  expect(roleOf(recorded, "lockmaster-staging-nat")).toMatchObject({ permissionsBoundary });
});

/** The images in ECR repositories of another name: no two GitHub repositories share one. */
function imagesIn<Image extends { repository: string }>(
  name: string,
  images: Record<string, Image>,
): Record<string, Image> {
  const renamed = ([key, image]: [string, Image]) => [key, { ...image, repository: `${name}/${key}` }] as const;
  return Object.fromEntries(Object.entries(images).map(renamed));
}

test("two repositories can have environments of the same name", async () => {
  const route = { container: "web" };
  const services = { frontend: { route, containers: { web: { port: 8080 } } } };
  const shop = shipped.repositories["acme/shop"];
  const staging = shop?.environments["staging"];
  if (shop === undefined || staging === undefined) throw new Error("The demonstration shop has no staging");
  const environments = { staging: { ...staging, cluster: "blog-staging" } };
  const blog = { ...shop, environments, images: imagesIn("blog", shop.images) };
  const recorded = await synth({
    configuration: {
      repositories: { ...shipped.repositories, "acme/blog": blog },
      installation: {
        workload: { repositories: { "acme/shop": { staging: { services } }, "acme/blog": { staging: { services } } } },
      },
    },
  });

  const balancers = ofType(recorded, "lb/loadBalancer:LoadBalancer").map(({ inputs }) => String(inputs["name"]));
  expect(new Set(balancers).size).toBe(2);
  for (const name of balancers) expect(name).toMatch(/^[a-z][0-9a-z-]{1,30}[0-9a-z]$/);
});

test("two repositories can have names that differ only in the position of the slash", async () => {
  const shop = shipped.repositories["acme/shop"];
  const staging = shop?.environments["staging"];
  if (shop === undefined || staging === undefined) throw new Error("The demonstration shop has no staging");
  const repository = (cluster: string, environment: string) => ({
    ...shop,
    images: imagesIn(cluster, shop.images),
    environments: { [environment]: { ...staging, cluster } },
  });
  const recorded = await synth({
    configuration: {
      repositories: {
        "acme/shop-web": repository("one", "staging"),
        "acme-shop/web": repository("two", "staging"),
        "acme/shop": repository("three", "web-staging"),
      },
      installation: { workload: {} },
    },
  });

  const groups = ofType(recorded, "ec2/securityGroup:SecurityGroup").map(({ inputs }) => inputs["name"]);
  const tasks = groups.filter((name) => String(name).endsWith("-tasks"));
  expect(new Set(tasks).size).toBe(3);
});
