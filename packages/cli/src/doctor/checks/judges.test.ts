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
import { judgePolicies } from "./policies.ts";
import { buildQuotaName, judgeBuildQuota, judgeFargateQuota, judgeLambdaQuota } from "./quotas.ts";
import { judgeRegion } from "./region.ts";
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
    ["unknown", []],
    [own, ["configuration"]],
  ] as const)("%s", (installed, ids) => {
    expect(idsOf(judgeConfiguration({ own, installed }))).toEqual(ids);
  });

  test("names the differences from the installed configuration", () => {
    const [finding] = judgeConfiguration({
      own,
      installed: { ...own, configuration: { ...configuration, images: {} }, hash: "old" },
    });
    expect(finding).toMatchObject({ id: "configuration.differs", seen: "differs in images.backend" });
  });
});

describe("policies", () => {
  const remedy = "give environments a role of their own";
  const role = (name: string, characters: number, managed: number | undefined) => ({
    name,
    remedy,
    size: {
      characters,
      capacity: 71_680,
      policies: managed === undefined ? undefined : { inline: [], managed: Array.from({ length: managed }, () => []) },
    },
  });

  test("that fit are counted, with the largest role", () => {
    const roles = [role("lockmaster-webhook", 900, 0), role("lockmaster-deploy-service", 20_000, 2)];
    expect(judgePolicies({ account: "111122223333", roles })).toEqual([
      {
        id: "quota.policies",
        severity: "ok",
        subject: "111122223333",
        seen: "2 roles with 2 managed policies fit; the largest, lockmaster-deploy-service, has 20000 of 71680 characters",
      },
    ]);
  });

  test("that do not fit are errors with the role, its size and the remedy", () => {
    const roles = [role("lockmaster-webhook", 900, 0), role("lockmaster-deploy-service", 80_000, undefined)];
    expect(judgePolicies({ account: "111122223333", roles })).toMatchObject([
      {
        id: "quota.policies",
        severity: "error",
        subject: "lockmaster-deploy-service",
        seen: "its policies need 80000 characters; IAM has room for 71680",
        remedy: expect.stringContaining(remedy),
      },
    ]);
  });
});

describe("installation", () => {
  const ledger = { name: "the table ledger", state: "ACTIVE" };

  test.each([
    ["all parts exist", [ledger, { name: "the function plan", state: "Inactive" }], [], ["installation"]],
    [
      "a function does not exist",
      [ledger, { name: "the function plan", state: "absent" }],
      [],
      ["installation.absent"],
    ],
    ["a function failed", [ledger, { name: "the function plan", state: "Failed" }], [], ["installation.absent"]],
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
    ["unknown", "unknown", []],
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

  test("Fargate needs vCPU for running tasks, and for the largest environment a second time", () => {
    // A quarter of a vCPU each, two tasks: half a vCPU that runs, half that a release adds.
    const environments = [[serviceFacts(), serviceFacts()], [serviceFacts()]];
    const judged = (value: number) => judgeFargateQuota({ accountRegion: "here", environments, value });
    expect(judged(2.5)).toMatchObject([{ severity: "ok", seen: "2.5 vCPU; services use 1.5, a release adds up to 1" }]);
    expect(judged(2.25)).toMatchObject([{ severity: "error" }]);
  });

  test("EC2 instances and Fargate Spot do not use the quota", () => {
    const others = [
      serviceFacts({ service: { launchType: "EC2" } }),
      serviceFacts({
        service: { launchType: undefined, capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT" }] },
      }),
    ];
    expect(judgeFargateQuota({ accountRegion: "here", environments: [others], value: 0 })).toMatchObject([
      { severity: "ok" },
    ]);
  });
});

test.each([
  ["AVAILABLE", ["connection"]],
  ["PENDING", ["connection.unavailable"]],
  ["absent", ["connection.absent"]],
  ["unknown", []],
])("a connection that is %s", (status, ids) => {
  expect(idsOf(judgeConnection({ connection: "arn", status }))).toEqual(ids);
});

describe("environments", () => {
  const ok = { environment: "production", cluster: "shop", clusterStatus: "ACTIVE", missingAlarms: [] };
  const role = { arn: "arn:aws:iam::444455556666:role/x", denied: true };

  test.each([
    ["no problem", {}, ["environment"]],
    ["the cluster does not exist", { clusterStatus: "absent" }, ["environment.cluster-absent"]],
    ["the cluster was deleted", { clusterStatus: "INACTIVE" }, ["environment.cluster-absent"]],
    ["alarms do not exist", { missingAlarms: ["a", "b"] }, ["environment.alarm-absent", "environment.alarm-absent"]],
    ["the role is denied", { role, clusterStatus: "unknown" }, ["environment.role-denied"]],
    ["the cluster is unknown", { clusterStatus: "unknown" }, []],
  ])("%s", (_, change, ids) => {
    expect(idsOf(judgeEnvironment({ ...ok, ...change }))).toEqual(ids);
  });

  const families = new Set(["backend"]);
  const arn = "arn:aws:ecs:us-east-1:111122223333:task-definition";

  test.each([
    [`${arn}/backend`, ["environment.schedule-unpinned"]],
    ["backend", ["environment.schedule-unpinned"]],
    [`${arn}/backend:7`, ["schedules"]],
    [`${arn}/backend-report`, ["schedules"]],
  ])("a schedule of %s", (taskDefinition, ids) => {
    const tasks = [{ source: "the rule nightly", taskDefinition }];
    expect(idsOf(judgeSchedules({ environment: "staging", families, tasks }))).toEqual(ids);
  });
});

describe("roles, secrets and variables of tasks", () => {
  const trust = (Statement: unknown) => JSON.stringify({ Statement });
  const allow = { Effect: "Allow", Action: "sts:AssumeRole" };

  test.each([
    ["tasks", trust([{ ...allow, Principal: { Service: "ecs-tasks.amazonaws.com" } }]), ["roles"]],
    ["tasks among others", trust({ ...allow, Principal: { Service: ["x", "ecs-tasks.amazonaws.com"] } }), ["roles"]],
    ["Lambda", trust([{ ...allow, Principal: { Service: "lambda.amazonaws.com" } }]), ["service.role-trust"]],
    ["an account", trust([{ ...allow, Principal: { AWS: "111122223333" } }]), ["service.role-trust"]],
    [
      "no service",
      trust([{ Effect: "Deny", Action: "sts:AssumeRole", Principal: { Service: "ecs-tasks.amazonaws.com" } }]),
      ["service.role-trust"],
    ],
    ["an unreadable document", "{", ["service.role-trust"]],
    ["nothing, because it does not exist", "absent", ["service.role-absent"]],
    ["an unknown principal", "unknown", []],
  ])("a role that trusts %s", (_, trustPolicy, ids) => {
    expect(idsOf(judgeRoles({ service: "api", roles: [{ arn: "role", trustPolicy }] }))).toEqual(ids);
  });

  test.each([
    ["exists", ["secrets"]],
    ["absent", ["service.secret-absent"]],
    ["scheduled for deletion", ["service.secret-absent"]],
    ["unknown", []],
  ] as const)("a secret: %s", (state, ids) => {
    expect(idsOf(judgeSecrets({ service: "api", secrets: [{ reference: "arn", state }] }))).toEqual(ids);
  });

  test("plain text is reported by its name, never by its value", () => {
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
  ["absent", "absent", "unknown", ["image.repository-absent"]],
] as const)("an image repository: %s", (_, found, imagesAreScanned, ids) => {
  expect(idsOf(judgeImages({ repository: "shop/api", found, scanRequired: true, imagesAreScanned }))).toEqual(ids);
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
  const ok = {
    repository: "acme/shop",
    names: { webhookSecret: "l/github-webhook", githubCredentials: "l/github-credentials" },
    url,
    webhookSecret: true,
    github: { kind: "webhooks" as const, webhooks: [hook] },
  };
  const judged = (change: object) => idsOf(judgeGitHub({ ...ok, ...change }));

  test("is ok, whether or not the URL ends in a slash", () => {
    expect(judged({})).toEqual(["github"]);
    expect(judged({ github: { kind: "webhooks", webhooks: [{ ...hook, url: url.slice(0, -1) }] } })).toEqual([
      "github",
    ]);
  });

  test.each([
    ["has another URL", { url: "https://ci.example/" }, ["webhook.absent"]],
    ["is off", { active: false }, ["webhook.inactive"]],
    ["posts forms", { contentType: "form" }, ["webhook.content-type"]],
    ["has no secret", { hasSecret: false }, ["webhook.unsigned"]],
    ["receives only pushes", { events: ["push"] }, ["webhook.events"]],
    ["receives every event", { events: ["*"] }, ["github"]],
    ["verifies no certificate", { insecure: true }, ["webhook.insecure"]],
    ["was refused", { lastStatus: 401 }, ["webhook.last-delivery"]],
    ["was never used", { lastStatus: undefined }, ["github"]],
  ])("a webhook that %s", (_, change, ids) => {
    expect(judged({ github: { kind: "webhooks", webhooks: [{ ...hook, ...change }] } })).toEqual(ids);
  });

  test.each([
    ["there are none", { kind: "none" }, ["github.credentials-absent"]],
    ["their format is wrong", { kind: "unreadable", why: "" }, ["github.credentials-unusable"]],
    ["the token has expired", { kind: "refused", status: 401, token: true, why: "" }, ["github.credentials-unusable"]],
    [
      "the token may not read webhooks",
      { kind: "refused", status: 403, token: true, why: "" },
      ["github.webhook-unreadable"],
    ],
    [
      "the App is not installed",
      { kind: "refused", status: 404, token: false, why: "" },
      ["github.repository-unreachable"],
    ],
    ["GitHub is down", { kind: "refused", status: undefined, token: false, why: "" }, ["request.failed"]],
  ])("credentials: %s", (_, github, ids) => {
    expect(judged({ github })).toEqual(ids);
  });

  test.each([
    ["absent", ["webhook.secret-absent", "github"]],
    [false, ["webhook.secret-absent", "github"]],
  ] as const)("a webhook secret that is %s is reported beside the other findings", (webhookSecret, [id]) => {
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
    ["the expected names", logsTo("/ecs/shop-backend"), ["coverage"]],
    ["another family", { ...ofUsual, family: "backend" }, ["environment.not-covered"]],
    ["another role", { ...ofUsual, executionRoleArn: "ecsTaskExecutionRole" }, ["environment.not-covered"]],
    ["another log group", logsTo("/backend"), ["environment.logs-not-covered"]],
  ])("%s", (_, taskDefinition, ids) => {
    expect(idsOf(judge(taskDefinition))).toEqual(ids);
  });

  test("the remedy is the setting, with the names in use", () => {
    const [finding] = judge(ofUsual, { executionRoleArn: "arn:aws:iam::111122223333:role/platform/pull" });
    expect(finding).toMatchObject({
      id: "environment.not-covered",
      subject: "staging",
      seen: "backend uses the role platform/pull",
      remedy:
        'Set environments.staging.taskDefinitions.roles: ["shop-backend-task", "platform/pull"], and deploy Lockmaster again',
    });
  });

  test("an unknown service is no finding", () => {
    const facts = serviceFacts({ service: "unknown" });
    expect(judgeCoverage({ target: facts.target, services: [facts] })).toEqual([]);
  });
});

describe("region", () => {
  const remedies = ['installation.builds.platform: write "linux/amd64"'];

  test.each([
    ["offered", false, ["region"]],
    ["absent", false, ["region.service-absent"]],
    ["absent", true, ["region.unknown"]],
    ["unknown", false, ["region.unknown"]],
  ] as const)("a service that is %s, named in regionOffers: %s", (availability, assumed, ids) => {
    const findings = judgeRegion({
      region: "eu-north-1",
      services: { CodeBuild: { availability, assumed, remedies } },
    });
    expect(idsOf(findings)).toEqual(ids);
    const problems = findings.filter(({ severity }) => severity !== "ok");
    expect(problems.every(({ remedy }) => remedy?.includes('write "linux/amd64"'))).toBe(true);
  });
});
