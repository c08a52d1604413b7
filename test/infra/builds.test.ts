import { readFileSync } from "node:fs";
import { buildProjectName, checkProjectName } from "@lockmaster/core/lib/names.ts";
import { describe, expect, test } from "vitest";
import shipped from "../../examples/shop/lockmaster.config.ts";
import { named, statementsOf } from "./named.ts";
import { ofType, roleOf } from "./resources.ts";
import { synth } from "./synth.ts";

const arn = (service: string, resource: string) => `arn:aws:${service}:eu-central-1:111122223333:${resource}`;
const prefix = "lockmaster-staging-";
const projects = { build: buildProjectName(prefix, "acme/shop"), check: checkProjectName(prefix, "acme/shop") };
const roleName = (kind: "build" | "check") => `${prefix}${kind}-${projects[kind].slice(-8)}`;
const recorded = await synth();

test("there is one project for the images and one for the checks of each repository", () => {
  const names = ofType(recorded, "codebuild/project:Project").map(({ inputs }) => String(inputs["name"]));

  expect(names.toSorted()).toEqual(Object.values(projects).toSorted());
});

describe.each(["build", "check"] as const)("the project for a %s", (kind) => {
  const project = named(recorded, "codebuild/project:Project", projects[kind]);

  test("runs the inlined buildspec on the commit's sources and does not report to GitHub itself", () => {
    expect(project["source"]).toEqual({
      type: "GITHUB",
      location: "https://github.com/acme/shop.git",
      auth: { type: "CODECONNECTIONS", resource: recorded.outputs["githubConnection"] },
      buildspec: readFileSync(new URL("../../buildspec.yml", import.meta.url), "utf8"),
      gitCloneDepth: 0,
      reportBuildStatus: false,
    });
  });

  test("is created after the functions, so that IAM has time to propagate its role's permissions", () => {
    const created = ofType(recorded, "codebuild/project:Project").find(({ inputs }) => inputs === project);
    const functions = ofType(recorded, "lambda/function:Function").map(({ name }) => name);
    expect(created?.after).toEqual(expect.arrayContaining(functions));
  });

  test("can run Docker and has no concurrency limit", () => {
    expect(project["environment"]).toMatchObject({ type: "ARM_CONTAINER", privilegedMode: true });
    expect(project).not.toHaveProperty("concurrentBuildLimit");
  });

  test("writes its log to a group that it has access to and that expires", () => {
    const group = `/aws/codebuild/${projects[kind]}`;

    expect(project["logsConfig"]).toEqual({ cloudwatchLogs: { status: "ENABLED", groupName: group } });
    expect(named(recorded, "cloudwatch/logGroup:LogGroup", group)).toMatchObject({ retentionInDays: 90 });
  });

  test("has a role that CodeBuild can assume for this project only", () => {
    expect(project["serviceRole"]).toBe(`arn:aws:iam::111122223333:role/${roleName(kind)}`);
    expect(roleOf(recorded, roleName(kind)).assumeRolePolicy.Statement).toEqual([
      {
        Effect: "Allow",
        Action: ["sts:AssumeRole"],
        Resource: [],
        Principal: { Service: ["codebuild.amazonaws.com"] },
        Condition: {
          StringEquals: { "aws:SourceAccount": ["111122223333"] },
          ArnEquals: { "aws:SourceArn": [arn("codebuild", `project/${projects[kind]}`)] },
        },
      },
    ]);
  });
});

test("a build can access the repository's images, caches, log and connection; a check no images", () => {
  const reached = (kind: "build" | "check") => {
    const resources = statementsOf(recorded, roleName(kind)).flatMap(({ Resource }) => Resource);
    return [...new Set(resources)].toSorted();
  };
  const common = (kind: "build" | "check") => [
    "*",
    String(recorded.outputs["githubConnection"]),
    arn("logs", `log-group:/aws/codebuild/${projects[kind]}:*`),
    arn("ecr", "repository/shop/backend-cache"),
    arn("ecr", "repository/shop/frontend-cache"),
  ];

  expect(reached("check")).toEqual(common("check").toSorted());
  expect(reached("build")).toEqual(
    [...common("build"), arn("ecr", "repository/shop/backend"), arn("ecr", "repository/shop/frontend")].toSorted(),
  );
});

test("a check cannot push to any repository", () => {
  const actions = statementsOf(recorded, roleName("check")).flatMap(({ Action }) => Action);

  expect(actions.filter((action) => /ecr:(?:Put|Upload|Initiate|Complete|Delete|Tag)/.test(action))).toEqual([]);
});

test("settings of builds become settings of both projects, and permissions on exactly what they name", async () => {
  const base = "444455556666.dkr.ecr.us-east-1.amazonaws.com/platform/node";
  const settings = {
    submodules: true,
    lfs: true,
    logins: [{ registry: "ghcr.io", secret: "shop/ghcr" }],
    bases: [base],
    pullThroughCaches: [{ prefix: "111122223333.dkr.ecr.eu-central-1.amazonaws.com/docker-hub" }],
  };
  const given = await synth({
    configuration: { ...shipped, installation: { builds: { repositories: { "acme/shop": settings } } } },
  });
  const common = [
    { name: "LOCKMASTER_SUBMODULES", value: "true" },
    { name: "LOCKMASTER_LFS", value: "true" },
  ];
  const registries = {
    name: "LOCKMASTER_BASE_REGISTRIES",
    value: "444455556666.dkr.ecr.us-east-1.amazonaws.com,111122223333.dkr.ecr.eu-central-1.amazonaws.com",
  };

  for (const kind of ["build", "check"] as const) {
    const { source } = named(given, "codebuild/project:Project", projects[kind]);
    expect(source).toMatchObject({
      gitSubmodulesConfig: { fetchSubmodules: true },
      buildspec: expect.stringContaining("\nenv:\n  git-credential-helper: yes\n"),
    });
    const logins = kind === "build" ? [{ name: "LOCKMASTER_LOGINS", value: "ghcr.io shop/ghcr" }] : [];
    const environmentVariables = [...common, ...logins, registries];
    expect(named(given, "codebuild/project:Project", projects[kind])["environment"]).toMatchObject({
      environmentVariables,
    });
  }
  const added = (kind: "build" | "check") => {
    const before = new Set(statementsOf(recorded, roleName(kind)).flatMap(({ Resource }) => Resource));
    return statementsOf(given, roleName(kind))
      .flatMap(({ Action, Resource }) => Resource.map((resource) => [resource, Action] as const))
      .filter(([resource]) => !before.has(resource) && !resource.includes("connection/"));
  };
  const pulls = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
  const cache = arn("ecr", "repository/docker-hub/*");
  const basePull = ["arn:aws:ecr:us-east-1:444455556666:repository/platform/node", pulls];
  expect(added("check")).toEqual([basePull, [cache, pulls]]);
  expect(added("build")).toEqual([
    basePull,
    [cache, [...pulls, "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]],
    [arn("secretsmanager", "secret:shop/ghcr-??????"), ["secretsmanager:GetSecretValue"]],
  ]);
});

test("an existing connection is used instead of a new one", async () => {
  const connection = arn("codeconnections", "connection/1");
  const given = await synth({ configuration: { ...shipped, installation: { connection } } });

  expect(ofType(given, "codeconnections/connection:Connection")).toEqual([]);
  expect(named(given, "codebuild/project:Project", projects.build)["source"]).toMatchObject({
    auth: { resource: connection },
  });
});
