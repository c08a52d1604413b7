import type { TaskDefinition } from "@aws-sdk/client-ecs";
import type { StoredConfiguration } from "@lockmaster/core/config/stored.ts";
import { describe, expect, test } from "vitest";
import { serviceFacts, serviceTarget } from "../doctor.fixture.ts";
import type { Finding } from "../checking/finding.ts";
import { judgeConfiguration } from "./configuration.ts";
import { judgeConnection } from "./connection.ts";
import { judgeCoverage } from "./coverage.ts";
import { judgeEnvironment } from "./environment.ts";
import { judgeGitHub } from "./github.ts";
import { judgeImages } from "./images.ts";
import { judgeInstallation, judgeProjects } from "./installation.ts";
import { buildQuotaName, judgeBuildQuota, judgeFargateQuota, judgeLambdaQuota } from "./quotas.ts";
import { judgeRoles } from "./roles.ts";
import { judgeSchedules } from "./schedules.ts";
import { judgePlainText, judgeSecrets } from "./task-secrets.ts";

const idsOf = (findings: readonly Finding[]) => findings.map(({ id }) => id);

describe("configuration", () => {
  const { repository, configuration } = serviceTarget();
  const own: StoredConfiguration = { repository, configuration, hash: "new" };

  test.each([
    ["none", ["configuration"]],
    ["absent", ["configuration.not-installed"]],
    ["unseen", []],
    [own, ["configuration"]],
  ] as const)("%s", (installed, ids) => {
    expect(idsOf(judgeConfiguration({ own, installed }))).toEqual(ids);
  });

  test("tells where it differs from what is installed", () => {
    const [finding] = judgeConfiguration({
      own,
      installed: { ...own, configuration: { ...configuration, images: {} }, hash: "old" },
    });
    expect(finding).toMatchObject({ id: "configuration.differs", seen: "differs in images.backend" });
  });
});

describe("installation", () => {
  const ledger = { what: "the table ledger", state: "ACTIVE" };

  test.each([
    ["all is there", [ledger, { what: "the function plan", state: "Inactive" }], [], ["installation"]],
    ["a function is not", [ledger, { what: "the function plan", state: "absent" }], [], ["installation.absent"]],
    ["a function failed", [ledger, { what: "the function plan", state: "Failed" }], [], ["installation.absent"]],
    ["a placeholder is left", [ledger], ["${planRelease}"], ["installation.unfinished"]],
  ])("%s", (_, parts, placeholders, ids) => {
    expect(idsOf(judgeInstallation({ name: "lockmaster", parts, placeholders }))).toEqual(ids);
  });

  const names = { builds: "builds", checks: "checks" };
  const project = { environment: { type: undefined, image: undefined, computeType: undefined, privilegedMode: true } };

  test.each([
    [project, project, ["projects"]],
    [project, "absent", ["installation.project-absent"]],
    [{}, project, ["installation.project-unprivileged"]],
    ["unseen", "unseen", []],
  ] as const)("projects %j and %j", (builds, checks, ids) => {
    expect(idsOf(judgeProjects({ repository: "acme/shop", projects: { names, builds, checks } }))).toEqual(ids);
  });
});

describe("quotas", () => {
  test.each([
    [1, ["quota.builds"], "warning"],
    [2, ["quota.builds"], "ok"],
  ])("%i builds for two images", (value, ids, severity) => {
    const found = judgeBuildQuota({ repository: "acme/shop", images: 2, quota: "Builds", value });
    expect(idsOf(found)).toEqual(ids);
    expect(found[0]?.severity).toBe(severity);
  });

  test.each([
    [undefined, "ARM/Small"],
    [{ type: "LINUX_CONTAINER", computeType: "BUILD_GENERAL1_MEDIUM" }, "Linux/Medium"],
    [{ type: "ARM_CONTAINER", computeType: "BUILD_GENERAL1_2XLARGE" }, "ARM/2XLarge"],
  ] as const)("%j is counted as %s", (environment, size) => {
    const whole = environment === undefined ? undefined : { ...environment, image: "image" };
    expect(buildQuotaName(whole)).toBe(`Concurrently running builds for ${size} environment`);
  });

  test.each([
    [10, "warning"],
    [1000, "ok"],
  ])("%i functions at once", (value, severity) => {
    expect(judgeLambdaQuota({ account: "111122223333", atOnce: 3, value })).toMatchObject([{ severity }]);
  });

  test("Fargate needs room for what runs, and for the largest environment a second time", () => {
    // A quarter of a vCPU each, two tasks: half a vCPU that runs, half that a release adds.
    const environments = [[serviceFacts(), serviceFacts()], [serviceFacts()]];
    const judged = (value: number) => judgeFargateQuota({ place: "here", environments, value });
    expect(judged(2.5)).toMatchObject([
      { severity: "ok", seen: "2.5 vCPU; services take 1.5, a release up to 1 more" },
    ]);
    expect(judged(2.25)).toMatchObject([{ severity: "error" }]);
  });

  test("instances and Spot take nothing of it", () => {
    const others = [
      serviceFacts({ service: { launchType: "EC2" } }),
      serviceFacts({
        service: { launchType: undefined, capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT" }] },
      }),
    ];
    expect(judgeFargateQuota({ place: "here", environments: [others], value: 0 })).toMatchObject([{ severity: "ok" }]);
  });
});

test.each([
  ["AVAILABLE", ["connection"]],
  ["PENDING", ["connection.unavailable"]],
  ["absent", ["connection.absent"]],
  ["unseen", []],
])("a connection that is %s", (status, ids) => {
  expect(idsOf(judgeConnection({ connection: "arn", status }))).toEqual(ids);
});

describe("environments", () => {
  const well = { environment: "production", cluster: "shop", clusterStatus: "ACTIVE", missingAlarms: [] };
  const role = { arn: "arn:aws:iam::444455556666:role/x", refused: true };

  test.each([
    ["all is well", {}, ["environment"]],
    ["the cluster is away", { clusterStatus: "absent" }, ["environment.cluster-absent"]],
    ["the cluster was deleted", { clusterStatus: "INACTIVE" }, ["environment.cluster-absent"]],
    ["alarms are away", { missingAlarms: ["a", "b"] }, ["environment.alarm-absent", "environment.alarm-absent"]],
    ["nobody is let in", { role, clusterStatus: "unseen" }, ["environment.role-refused"]],
    ["it was not seen", { clusterStatus: "unseen" }, []],
  ])("%s", (_, change, ids) => {
    expect(idsOf(judgeEnvironment({ ...well, ...change }))).toEqual(ids);
  });

  const families = new Set(["backend"]);
  const arn = "arn:aws:ecs:us-east-1:111122223333:task-definition";

  test.each([
    [`${arn}/backend`, ["environment.schedule-follows"]],
    ["backend", ["environment.schedule-follows"]],
    [`${arn}/backend:7`, ["schedules"]],
    [`${arn}/backend-report`, ["schedules"]],
  ])("a schedule of %s", (taskDefinition, ids) => {
    const tasks = [{ what: "the rule nightly", taskDefinition }];
    expect(idsOf(judgeSchedules({ environment: "staging", families, tasks }))).toEqual(ids);
  });
});

describe("what tasks are given", () => {
  const trust = (Statement: unknown) => JSON.stringify({ Statement });
  const allow = { Effect: "Allow", Action: "sts:AssumeRole" };

  test.each([
    ["tasks", trust([{ ...allow, Principal: { Service: "ecs-tasks.amazonaws.com" } }]), ["roles"]],
    ["tasks among others", trust({ ...allow, Principal: { Service: ["x", "ecs-tasks.amazonaws.com"] } }), ["roles"]],
    ["Lambda", trust([{ ...allow, Principal: { Service: "lambda.amazonaws.com" } }]), ["service.role-trust"]],
    ["an account", trust([{ ...allow, Principal: { AWS: "111122223333" } }]), ["service.role-trust"]],
    [
      "nobody",
      trust([{ Effect: "Deny", Action: "sts:AssumeRole", Principal: { Service: "ecs-tasks.amazonaws.com" } }]),
      ["service.role-trust"],
    ],
    ["what nobody can read", "{", ["service.role-trust"]],
    ["nothing: it is not there", "absent", ["service.role-absent"]],
    ["what was not seen", "unseen", []],
  ])("a role that trusts %s", (_, trustPolicy, ids) => {
    expect(idsOf(judgeRoles({ service: "api", roles: [{ arn: "role", trustPolicy }] }))).toEqual(ids);
  });

  test.each([
    ["there", ["secrets"]],
    ["absent", ["service.secret-absent"]],
    ["to be deleted", ["service.secret-absent"]],
    ["unseen", []],
  ] as const)("a secret that is %s", (state, ids) => {
    expect(idsOf(judgeSecrets({ service: "api", secrets: [{ reference: "arn", state }] }))).toEqual(ids);
  });

  test("plain text is told by its name, and never by its value", () => {
    const environment = [
      { name: "PORT", value: "8080" },
      { name: "DATABASE_PASSWORD", value: "hunter2" },
      { name: "URL", value: "postgres://shop:swordfish@db/shop" },
    ];
    const found = judgePlainText({
      service: "api",
      taskDefinition: { containerDefinitions: [{ name: "api", environment }] },
    });
    expect(found).toMatchObject([
      { id: "service.plain-text-secret", seen: "the container api has DATABASE_PASSWORD, URL in its environment" },
    ]);
    expect(JSON.stringify(found)).not.toMatch(/hunter2|swordfish/);
  });
});

test.each([
  ["immutable and scanned", { imageTagMutability: "IMMUTABLE" }, true, ["images"]],
  ["mutable", { imageTagMutability: "MUTABLE" }, true, ["image.tags-mutable"]],
  ["never scanned", { imageTagMutability: "IMMUTABLE" }, false, ["image.scan-off"]],
  ["away", "absent", "unseen", ["image.repository-absent"]],
] as const)("an image repository that is %s", (_, found, registryScans, ids) => {
  expect(idsOf(judgeImages({ repository: "shop/api", found, scanAsked: true, registryScans }))).toEqual(ids);
});

describe("GitHub", () => {
  const url = "https://abc.lambda-url.us-east-1.on.aws/";
  const hook = {
    url,
    contentType: "json",
    hasSecret: true,
    insecure: false,
    active: true,
    events: ["push", "pull_request"],
    lastStatus: 202,
  };
  const well = {
    repository: "acme/shop",
    names: { webhookSecret: "l/webhook-secret", githubCredentials: "l/github-credentials" },
    url,
    webhookSecret: true,
    github: { kind: "webhooks" as const, webhooks: [hook] },
  };
  const judged = (change: object) => idsOf(judgeGitHub({ ...well, ...change }));

  test("all is well, whether or not the address ends in a slash", () => {
    expect(judged({})).toEqual(["github"]);
    expect(judged({ github: { kind: "webhooks", webhooks: [{ ...hook, url: url.slice(0, -1) }] } })).toEqual([
      "github",
    ]);
  });

  test.each([
    ["is another's", { url: "https://ci.example/" }, ["webhook.absent"]],
    ["is off", { active: false }, ["webhook.inactive"]],
    ["posts forms", { contentType: "form" }, ["webhook.content-type"]],
    ["has no secret", { hasSecret: false }, ["webhook.unsigned"]],
    ["tells of pushes only", { events: ["push"] }, ["webhook.events"]],
    ["tells of everything", { events: ["*"] }, ["github"]],
    ["trusts everybody", { insecure: true }, ["webhook.insecure"]],
    ["was refused", { lastStatus: 401 }, ["webhook.last-delivery"]],
    ["was never used", { lastStatus: undefined }, ["github"]],
  ])("a webhook that %s", (_, change, ids) => {
    expect(judged({ github: { kind: "webhooks", webhooks: [{ ...hook, ...change }] } })).toEqual(ids);
  });

  test.each([
    ["there are none", { kind: "none" }, ["github.credentials-absent"]],
    ["they are not as they should be", { kind: "unreadable", why: "" }, ["github.credentials-unusable"]],
    ["the token has expired", { kind: "refused", status: 401, token: true, why: "" }, ["github.credentials-unusable"]],
    [
      "the token may not see webhooks",
      { kind: "refused", status: 403, token: true, why: "" },
      ["github.webhook-unseen"],
    ],
    [
      "the App is not installed",
      { kind: "refused", status: 404, token: false, why: "" },
      ["github.repository-unreachable"],
    ],
    ["GitHub is down", { kind: "refused", status: undefined, token: false, why: "" }, ["aws.no-answer"]],
  ])("credentials: %s", (_, github, ids) => {
    expect(judged({ github })).toEqual(ids);
  });

  test.each([
    ["absent", ["webhook.secret-absent", "github"]],
    [false, ["webhook.secret-absent", "github"]],
  ] as const)("a secret of the webhook's that is %s is told beside the rest", (webhookSecret, [id]) => {
    expect(judged({ webhookSecret })).toEqual([id]);
  });
});

describe("coverage", () => {
  const ofUsual = { family: "shop-backend", taskRoleArn: "arn:aws:iam::111122223333:role/shop-backend-task" };
  const judge = (taskDefinition: TaskDefinition, template?: TaskDefinition) => {
    const facts = serviceFacts({ taskDefinition });
    return judgeCoverage({ target: facts.target, services: [{ ...facts, template }] });
  };
  const logsTo = (group: string): TaskDefinition => ({
    ...ofUsual,
    containerDefinitions: [
      { name: "api", logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": group } } },
    ],
  });

  test.each<[string, TaskDefinition, string[]]>([
    ["what is expected", logsTo("/ecs/shop-backend"), ["coverage"]],
    ["another family", { ...ofUsual, family: "backend" }, ["environment.not-covered"]],
    ["another role", { ...ofUsual, executionRoleArn: "ecsTaskExecutionRole" }, ["environment.not-covered"]],
    ["another log group", logsTo("/backend"), ["environment.logs-not-covered"]],
  ])("%s", (_, taskDefinition, ids) => {
    expect(idsOf(judge(taskDefinition))).toEqual(ids);
  });

  test("the remedy is what to write, with what is in use already", () => {
    const [finding] = judge(ofUsual, { executionRoleArn: "arn:aws:iam::111122223333:role/platform/pull" });
    expect(finding).toMatchObject({
      id: "environment.not-covered",
      subject: "staging",
      seen: "backend names the role platform/pull",
      remedy:
        'Set environments.staging.taskDefinitions.roles: ["shop-backend-task", "platform/pull"], and deploy Lockmaster again',
    });
  });

  test("what was not seen is nothing", () => {
    const facts = serviceFacts({ service: "unseen" });
    expect(judgeCoverage({ target: facts.target, services: [facts] })).toEqual([]);
  });
});
