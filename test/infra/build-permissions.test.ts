import { readFileSync } from "node:fs";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import { describe, expect, test } from "vitest";
import { buildPermissions, buildStatements } from "@lockmaster/installation/permissions/build-permissions.ts";

const repositoryOf = (name: string) => ({
  images: { api: { context: ".", paths: ["**"], repository: `${name}/api` } },
  environments: {
    staging: {
      on: { branch: "main" },
      cluster: name,
      services: { api: { service: "api", containers: { app: "api" } } },
    },
  },
});
const configuration = validateConfiguration({
  repositories: { "acme/shop": repositoryOf("shop"), "acme/blog": repositoryOf("blog") },
});
const scope = {
  site: { partition: "aws", region: "eu-west-1", account: "111122223333", prefix: "lockmaster-test" },
  configuration,
  repository: "acme/shop",
  project: "lockmaster-test-acme-shop-0a1b2c3d",
  connection: "arn:aws:codeconnections:eu-west-1:111122223333:connection/1",
};
const buildspec = readFileSync(new URL("../../buildspec.yml", import.meta.url), "utf8");
const ecr = (name: string) => `arn:aws:ecr:eu-west-1:111122223333:repository/${name}`;

/** Actions by resource. */
function allowed(kind: "build" | "check", connection = scope.connection): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { Action, Resource } of buildStatements(kind, { ...scope, connection })) {
    for (const resource of Resource === "*" ? ["*"] : Resource) (found[resource] ??= []).push(...Action);
  }
  return found;
}

test.each(["build", "check"] as const)(
  "a %s can access only its own repository's registries, log and source",
  (kind) => {
    expect(Object.keys(allowed(kind)).toSorted()).toEqual(
      [
        "*",
        scope.connection,
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/codebuild/lockmaster-test-acme-shop-0a1b2c3d:*",
        ecr("shop/api-cache"),
        ...(kind === "build" ? [ecr("shop/api")] : []),
      ].toSorted(),
    );
    expect(allowed(kind)["*"]).toEqual(["ecr:GetAuthorizationToken"]);
  },
);

test("a check can write only its log", () => {
  const reading = /:(?:Get|BatchGet|BatchCheck|Use)|^logs:/;

  expect(
    Object.values(allowed("check"))
      .flat()
      .filter((action) => !reading.test(action)),
  ).toEqual([]);
});

test("a build is allowed every ECR action that the buildspec uses", () => {
  const commands = [...buildspec.matchAll(/aws ecr ([a-z-]+)/g)].map(([, command = ""]) => command);
  const actions = commands.map((command) =>
    command === "get-login-password" ? "ecr:GetAuthorizationToken" : `ecr:${pascal(command)}`,
  );
  const images = allowed("build")[ecr("shop/api")] ?? [];

  expect(new Set(actions)).toEqual(new Set(["ecr:DescribeImages", "ecr:BatchGetImage", "ecr:GetAuthorizationToken"]));
  expect(actions.filter((action) => ![...images, "ecr:GetAuthorizationToken"].includes(action))).toEqual([]);
});

const pascal = (command: string) => command.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());

test("a connection from before July 2024 is used under the service's former name", () => {
  const connection = "arn:aws:codestar-connections:eu-west-1:111122223333:connection/1";

  expect(allowed("build", connection)[connection]).toContain("codestar-connections:GetConnectionToken");
});

describe("every permission", () => {
  test.each([...buildPermissions.build, ...buildPermissions.check])(
    "%o has a reason and actions without wildcards",
    (permission) => {
      expect(permission.why).not.toBe("");
      expect(permission.actions.join()).not.toContain("*");
      expect(permission.on !== "*" || permission.because !== "").toBe(true);
    },
  );
});
