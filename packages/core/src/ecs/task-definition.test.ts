import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logStreamOf } from "./log-stream.ts";
import {
  digestOf,
  pinnedImages,
  renderTaskDefinition,
  sameTaskDefinition,
  type TaskDefinitionAnswer,
  type TaskDefinitionInput,
} from "./task-definition.ts";

const digest = `sha256:${"a".repeat(64)}`;
const image = `111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/backend@${digest}`;

/** Every trap of the round trip in one. */
const kept = {
  family: "shop-backend",
  containerDefinitions: [
    {
      name: "api",
      image: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/backend:old",
      cpu: 0,
      essential: true,
      command: ["sh", "-c", ""],
      environment: [
        { name: "EMPTY", value: "" },
        { name: "B", value: "2" },
      ],
      secrets: [{ name: "DB", valueFrom: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db" }],
      portMappings: [],
      readonlyRootFilesystem: false,
      logConfiguration: {
        logDriver: "awslogs",
        options: { "awslogs-group": "shop", "awslogs-stream-prefix": "ecs", tag: "" },
      },
      notInTheSdkYet: { deeply: [{ nested: 0 }] },
    },
    { name: "envoy", image: "public.ecr.aws/appmesh/envoy:v1", essential: true },
  ],
  proxyConfiguration: {
    type: "APPMESH",
    containerName: "envoy",
    properties: [{ name: "EgressIgnoredIPs", value: "" }],
  },
  volumes: [{ name: "data", efsVolumeConfiguration: { fileSystemId: "fs-1", transitEncryptionPort: 0 } }],
  placementConstraints: [{ type: "memberOf", expression: "attribute:zone == a" }],
  runtimePlatform: { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" },
  ephemeralStorage: { sizeInGiB: 21 },
  enableFaultInjection: false,
  someFutureField: "kept",
};

/** As ECS answers it. */
const described: TaskDefinitionAnswer = {
  taskDefinition: {
    ...kept,
    taskDefinitionArn: "arn:aws:ecs:eu-west-1:111122223333:task-definition/shop-backend:7",
    revision: 7,
    status: "ACTIVE",
    requiresAttributes: [{ name: "com.amazonaws.ecs.capability.docker-remote-api.1.18" }],
    compatibilities: ["EC2", "FARGATE"],
    registeredAt: 1_790_000_000.123,
    registeredBy: "arn:aws:iam::111122223333:user/alice",
    deregisteredAt: 1_790_000_001,
    deleteRequestedAt: 1_790_000_002,
  },
  tags: [
    { key: "team", value: "shop" },
    { key: "empty", value: "" },
    { key: "aws:cloudformation:stack-name", value: "shop" },
  ],
};

describe("a task definition registered again", () => {
  it("differs in the named container's image and in nothing else", () => {
    const [api, envoy] = kept.containerDefinitions;
    expect(renderTaskDefinition(described, { api: image })).toEqual({
      ...kept,
      containerDefinitions: [{ ...api, image }, envoy],
      tags: [
        { key: "team", value: "shop" },
        { key: "empty", value: "" },
      ],
    });
  });

  it("has no tags rather than an empty list, which ECS refuses", () => {
    expect(renderTaskDefinition({ ...described, tags: [] }, {})).not.toHaveProperty("tags");
  });

  it("refuses a container that it does not have", () => {
    expect(() => renderTaskDefinition(described, { web: image })).toThrow(
      /^CONTAINER_NOT_FOUND: .*shop-backend:7 has no container web; it has api, envoy\./,
    );
  });

  it("is recognised when rendered from what was registered", () => {
    const rendered = renderTaskDefinition(described, { api: image });
    const { tags = [], ...taskDefinition } = rendered;
    const registered = {
      taskDefinition: { ...taskDefinition, taskDefinitionArn: "arn:8", status: "ACTIVE", revision: 8 },
      tags,
    };
    expect(renderTaskDefinition(registered, { api: image })).toEqual(rendered);
    expect(sameTaskDefinition(renderTaskDefinition(registered, {}), rendered)).toBe(true);
  });
});

function reversed({ family, containerDefinitions, ...others }: TaskDefinitionInput): TaskDefinitionInput {
  return { ...Object.fromEntries(Object.entries(others).reverse()), containerDefinitions, family };
}

describe("two task definitions", () => {
  const rendered = renderTaskDefinition(described, {});
  const changed = (change: Record<string, unknown>) =>
    renderTaskDefinition({ ...described, taskDefinition: { ...described.taskDefinition, ...change } }, {});
  const [api] = described.taskDefinition.containerDefinitions;
  const withApi = (change: Record<string, unknown>) =>
    changed({ containerDefinitions: [{ ...api, ...change }, described.taskDefinition.containerDefinitions[1]] });

  it.each<[string, ReturnType<typeof changed>, boolean]>([
    ["fields in another order", reversed(rendered), true],
    [
      "environment in another order",
      withApi({
        environment: [
          { name: "B", value: "2" },
          { name: "EMPTY", value: "" },
        ],
      }),
      true,
    ],
    ["an empty list for none", changed({ inferenceAccelerators: [] }), true],
    ["another image", renderTaskDefinition(described, { api: image }), false],
    ["an empty value lost", withApi({ environment: [{ name: "B", value: "2" }] }), false],
    ["an empty argument lost", withApi({ command: ["sh", "-c"] }), false],
    ["arguments in another order", withApi({ command: ["sh", "", "-c"] }), false],
    ["false turned to absent", withApi({ readonlyRootFilesystem: undefined }), false],
    ["zero turned to absent", withApi({ cpu: undefined }), false],
    ["an unknown field", changed({ someFutureField: "other" }), false],
    ["other tags", renderTaskDefinition({ ...described, tags: [] }, {}), false],
  ])("%s", (_, other, same) => {
    expect(sameTaskDefinition(rendered, other)).toBe(same);
  });
});

describe("laws of rendering", () => {
  const json = fc.dictionary(
    fc.string().filter((key) => !["name", "image", "__proto__"].includes(key)),
    fc.jsonValue(),
  );
  const answers = fc
    .uniqueArray(fc.record({ name: fc.string({ minLength: 1 }), image: fc.string(), rest: json }), {
      selector: ({ name }) => name,
      minLength: 1,
      maxLength: 4,
    })
    .map((containers): TaskDefinitionAnswer => ({
      taskDefinition: {
        taskDefinitionArn: "arn:1",
        family: "f",
        containerDefinitions: containers.map(({ name, image, rest }) => ({ ...rest, name, image })),
      },
      tags: [],
    }));

  it("changes the images of named containers only, and changes nothing the second time", () => {
    fc.assert(
      fc.property(answers, fc.nat(), (answer, choice) => {
        const { containerDefinitions } = answer.taskDefinition;
        const chosen = containerDefinitions[choice % containerDefinitions.length]?.name ?? "";
        const once = renderTaskDefinition(answer, Object.fromEntries([[chosen, image]]));
        expect(once.containerDefinitions).toEqual(
          containerDefinitions.map((one) => (one.name === chosen ? { ...one, image } : one)),
        );
        const registered = { taskDefinition: { ...once, taskDefinitionArn: "arn:2", status: undefined }, tags: [] };
        const again = renderTaskDefinition(registered, Object.fromEntries([[chosen, image]]));
        expect(sameTaskDefinition(once, again)).toBe(true);
      }),
    );
  });
});

describe("a snapshot's images", () => {
  it.each([
    ["registry/shop/backend:old", `registry/shop/backend@${digest}`],
    ["registry:5000/shop/backend", `registry:5000/shop/backend@${digest}`],
    ["registry:5000/shop/backend:old", `registry:5000/shop/backend@${digest}`],
    [`registry/shop/backend@sha256:${"b".repeat(64)}`, undefined],
  ])("%s is pinned to %s", (from, to) => {
    const answer = {
      taskDefinition: { taskDefinitionArn: "arn:1", family: "f", containerDefinitions: [{ name: "api", image: from }] },
      tags: [],
    };
    expect(pinnedImages(answer, { api: digest })).toEqual(to === undefined ? {} : { api: to });
  });

  it("stay as they are without a recorded digest", () => {
    expect(pinnedImages(described, {})).toEqual({});
  });

  it.each([
    [image, digest],
    ["shop/backend:old", undefined],
  ])("%s names the digest %s", (reference, expected) => {
    expect(digestOf(reference)).toBe(expected);
  });
});

describe("the log stream of a container", () => {
  const task = "arn:aws:ecs:eu-west-1:111122223333:task/shop/0123456789abcdef";
  it("is the one that the awslogs driver names", () => {
    expect(logStreamOf(described.taskDefinition, "api", task)).toEqual({
      group: "shop",
      stream: "ecs/api/0123456789abcdef",
    });
  });
  it("is unknown for a container that the task definition does not have", () => {
    expect(logStreamOf(described.taskDefinition, "unknown", task)).toBeUndefined();
  });

  const firelens = { Name: "datadog", Host: "http-intake.logs.datadoghq.eu", apikey: "hunter2" };
  const otherRegion = { "awslogs-group": "shop", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs" };
  it.each<[string, object | undefined, string]>([
    ["no log configuration", undefined, "the container api has no log configuration"],
    [
      "FireLens, without its credentials",
      { logDriver: "awsfirelens", options: firelens },
      "the container api logs through FireLens (awsfirelens) to Name datadog, Host http-intake.logs.datadoghq.eu",
    ],
    [
      "FireLens that is configured by a file",
      { logDriver: "awsfirelens" },
      "the container api logs through FireLens (awsfirelens)",
    ],
    [
      "another driver",
      { logDriver: "splunk", options: { "splunk-url": "https://me:secret@splunk.example", "splunk-token": "hunter2" } },
      "the container api logs through splunk to splunk-url https://splunk.example",
    ],
    ["a file", { logDriver: "json-file" }, "the container api logs through json-file, on its container instance"],
    [
      "awslogs in another region",
      { logDriver: "awslogs", options: otherRegion },
      "the container api logs to the log group shop in us-east-1",
    ],
    [
      "awslogs without a prefix",
      { logDriver: "awslogs", options: { "awslogs-group": "shop" } },
      "the container api logs to the log group shop; without awslogs-stream-prefix, its stream has the name of a container id",
    ],
  ])("is another place for a container with %s", (_, logConfiguration, location) => {
    const containerDefinitions = [{ name: "api", image, ...(logConfiguration !== undefined && { logConfiguration }) }];
    const definition = { ...described.taskDefinition, containerDefinitions };
    expect(logStreamOf(definition, "api", "arn:aws:ecs:eu-west-1:1:task/shop/1")).toEqual({ location });
  });
});
