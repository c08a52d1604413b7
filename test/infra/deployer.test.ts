import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { deployerStatements } from "@lockmaster/installation/deployer/policy.ts";
import { deployerTrust } from "@lockmaster/installation/deployer/trust.ts";
import shipped from "../../examples/shop/lockmaster.config.ts";
import { ofType } from "./resources.ts";
import { synth } from "./synth.ts";

const site = { partition: "aws", region: "eu-west-1", account: "111122223333", prefix: "lockmaster-production" };
const provider = `arn:aws:iam::${site.account}:oidc-provider/token.actions.githubusercontent.com`;
const configured = (installation: object = {}) => validateConfiguration({ ...shipped, installation });
const deployer = { repository: "acme/lockmaster", branch: "main" };

test("one branch of one repository can assume the role, with tokens for AWS", () => {
  expect(deployerTrust(provider, deployer)).toEqual({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: provider },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": ["repo:acme/lockmaster:ref:refs/heads/main"],
          },
        },
      },
    ],
  });
});

test("tokens of a repository with immutable subjects are accepted by its ids, exactly", () => {
  const { Statement } = v.parse(
    v.object({
      Statement: v.tuple([v.object({ Condition: v.object({ StringEquals: v.record(v.string(), v.any()) }) })]),
    }),
    deployerTrust(provider, { ...deployer, ids: { owner: 123_456, repository: 456_789 } }),
  );
  expect(Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"]).toEqual([
    "repo:acme/lockmaster:ref:refs/heads/main",
    "repo:acme@123456/lockmaster@456789:ref:refs/heads/main",
  ]);
});

describe("the deployer", () => {
  const statements = deployerStatements(site, configured());
  const allowed = statements.filter(({ Effect }) => Effect === "Allow");

  test("fits into a role: 10,240 characters of inline policies, without white space", () => {
    const boundary = `arn:aws:iam::${site.account}:policy/${"b".repeat(100)}`;
    const longest = { ...site, region: "ap-southeast-2", prefix: "p".repeat(40) };
    const all = deployerStatements(
      longest,
      configured({ permissionsBoundary: boundary, scanning: "enhanced", workload: {} }),
    );
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: all });
    expect(policy.replaceAll(/\s/g, "").length).toBeLessThanOrEqual(10_240);
  });

  test("has no action on everything, except where AWS has no resource level", () => {
    for (const { Action } of allowed) expect(Action).not.toContain("*");
    const everywhere = allowed.filter(({ Resource }) => Resource.includes("*"));
    expect(everywhere.map(({ Sid }) => Sid)).toEqual(["WithoutResourceLevel"]);
    expect(everywhere.flatMap(({ Action }) => Action).filter((action) => action.endsWith("*"))).toEqual([]);
  });

  test("of another stage or application is denied everything", () => {
    const own = allowed.find(({ Sid }) => Sid === "OwnResources");
    for (const resource of own?.Resource ?? []) expect(resource).toMatch(/lockmaster-production(?:$|[-/])/);
    const parameters = allowed.find(({ Sid }) => Sid === "Bootstrap")?.Resource ?? [];
    expect(parameters).toContain("arn:aws:ssm:eu-west-1:111122223333:parameter/sst/passphrase/lockmaster/production");
  });

  test("can pass only roles of the installation, to their services", () => {
    const passing = allowed.filter(({ Action }) => Action.includes("iam:PassRole"));
    expect(passing).toMatchObject([
      {
        Resource: ["arn:aws:iam::111122223333:role/lockmaster-production-*"],
        Condition: { StringEquals: { "iam:PassedToService": expect.not.arrayContaining(["ec2.amazonaws.com"]) } },
      },
    ]);
  });

  test("can pass only the role of NAT instances to EC2, if there are any", () => {
    const own = deployerStatements(site, configured({ workload: { network: { nat: "instance" } } }));
    const toInstances = own.filter(({ Condition }) => JSON.stringify(Condition)?.includes("ec2.amazonaws.com"));
    expect(toInstances).toMatchObject([
      { Action: ["iam:PassRole"], Resource: ["arn:aws:iam::111122223333:role/lockmaster-production-nat"] },
    ]);
    expect(JSON.stringify(deployerStatements(site, configured({ workload: {} })))).not.toContain("ec2.amazonaws.com");
  });

  test("cannot create SST's state bucket and parameters: a person's first deployment creates them with the role", () => {
    const actions = allowed.flatMap(({ Action }) => Action);
    expect(actions.filter((action) => /^(?:s3:(?:Create|PutBucket)|ssm:Put)/.test(action))).toEqual([]);
  });

  test("can pass a given connection under the service in its ARN, else create one", () => {
    const about = (connection?: string) =>
      deployerStatements(site, configured({ connection }))
        .flatMap(({ Action, Resource }) => Action.map((action) => [action, Resource]))
        .filter(([action]) => /^code(?:connections|star)/.test(String(action)));
    const [former, current] = ["codestar-connections", "codeconnections"].map(
      (service) => `arn:aws:${service}:eu-west-1:111122223333:connection/1`,
    );
    expect(about(former)).toEqual([["codestar-connections:PassConnection", [former]]]);
    expect(about(current)).toEqual([["codeconnections:PassConnection", [current]]]);
    expect(about()).toContainEqual(["codeconnections:CreateConnection", ["*"]]);
  });

  test("can set the cross-account pull policy of only those repositories that another account pulls from", () => {
    const shop = shipped.repositories["acme/shop"];
    const production = shop?.environments["production"];
    if (shop === undefined || production === undefined) throw new Error("The demonstration shop has no production");
    const account = { role: "arn:aws:iam::444455556666:role/lockmaster" };
    const services = { frontend: { service: "frontend", containers: { web: "frontend" } } };
    const environments = { ...shop.environments, production: { ...production, account, services } };
    const shared = (installation: object = {}) =>
      validateConfiguration({ repositories: { "acme/shop": { ...shop, environments } }, installation });
    const sharing = (all: typeof statements) => all.filter(({ Action }) => Action.includes("ecr:SetRepositoryPolicy"));

    const brought = shared({ registries: { existing: ["shop/frontend"] } });
    expect(sharing(deployerStatements(site, brought))).toEqual([]);
    expect(sharing(deployerStatements(site, shared()))).toMatchObject([
      { Resource: ["arn:aws:ecr:eu-west-1:111122223333:repository/shop/frontend"] },
    ]);
    expect(sharing(statements)).toEqual([]);
  });

  test("cannot change its own role or trust policy", () => {
    expect(statements.filter(({ Effect }) => Effect === "Deny")).toMatchObject([
      {
        Resource: ["arn:aws:iam::111122223333:role/lockmaster-production-deployer"],
        Action: expect.arrayContaining(["iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"]),
      },
      {
        Resource: ["arn:aws:iam::111122223333:policy/lockmaster-production-deployer-*"],
        Action: expect.arrayContaining(["iam:CreatePolicyVersion", "iam:DeletePolicy"]),
      },
    ]);
    expect(JSON.stringify(allowed)).not.toMatch(/iam:(?:Create|Update|Delete|Add)\w*OpenIDConnect/);
  });

  test("cannot create roles without the installation's boundary, if there is one", () => {
    const boundary = "arn:aws:iam::111122223333:policy/boundary";
    const bounded = deployerStatements(site, configured({ permissionsBoundary: boundary }));
    const making = bounded.filter(({ Effect, Action }) => Effect === "Allow" && Action.includes("iam:CreateRole"));
    expect(making).toMatchObject([{ Condition: { StringEquals: { "iam:PermissionsBoundary": boundary } } }]);
    const changing = ["iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"];
    expect(making[0]?.Action).toEqual(expect.arrayContaining(changing));
    expect(JSON.stringify(bounded.filter(({ Effect }) => Effect === "Allow"))).not.toContain(
      "DeleteRolePermissionsBoundary",
    );
  });

  test("can create and change policies of the installation's roles, but neither its own nor its boundary", () => {
    const permissionsBoundary = `arn:aws:iam::${site.account}:policy/${site.prefix}-boundary`;
    const bounded = deployerStatements(site, configured({ permissionsBoundary }));
    const may = (action: string, name: string) => {
      const concerned = bounded.filter(
        ({ Action, Resource }) =>
          Action.some((pattern) => matches(pattern, action)) &&
          Resource.some((pattern) => matches(pattern, `arn:aws:iam::${site.account}:policy/${name}`)),
      );
      return concerned.length > 0 && concerned.every(({ Effect }) => Effect === "Allow");
    };
    for (const action of ["CreatePolicy", "CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion"]) {
      expect(may(`iam:${action}`, `${site.prefix}-deploy-service-1`), action).toBe(true);
      expect(may(`iam:${action}`, `${site.prefix}-deployer-images-1`), action).toBe(false);
      expect(may(`iam:${action}`, `${site.prefix}-boundary`), action).toBe(false);
      expect(may(`iam:${action}`, "another"), action).toBe(false);
    }
    expect(may("iam:GetPolicyVersion", `${site.prefix}-deployer-images-1`)).toBe(true);
  });

  test("can change networks only if the installation creates one", () => {
    expect(JSON.stringify(statements)).not.toContain("ec2:");
    expect(JSON.stringify(deployerStatements(site, configured({ workload: {} })))).toContain("ec2:*");
  });

  test("can create and pass the roles of a workload's tasks, and create their log groups", async () => {
    const installation = { workload: {} };
    const recorded = await synth({ stage: "production", configuration: { ...shipped, installation } });
    const here = { ...site, region: "eu-central-1" };
    const own = deployerStatements(here, configured(installation));
    const reaches = (action: string, arn: string) =>
      own.some(
        ({ Effect, Action, Resource }) =>
          Effect === "Allow" &&
          Action.some((pattern) => matches(pattern, action)) &&
          Resource.some((pattern) => matches(pattern, arn)),
      );
    const unreached = (type: string, action: string, arnOf: (name: string) => string) =>
      ofType(recorded, type)
        .map(({ inputs }) => arnOf(String(inputs["name"])))
        .filter((arn) => !reaches(action, arn));

    expect(ofType(recorded, "iam/role:Role").map(({ inputs }) => inputs["name"])).toContain(
      "shop-production-worker-execution",
    );
    for (const action of ["iam:CreateRole", "iam:GetRole", "iam:PassRole"]) {
      expect(unreached("iam/role:Role", action, (name) => `arn:aws:iam::${site.account}:role/${name}`)).toEqual([]);
    }
    const logGroup = (name: string) => `arn:aws:logs:${here.region}:${site.account}:log-group:${name}`;
    expect(unreached("cloudwatch/logGroup:LogGroup", "logs:PutRetentionPolicy", logGroup)).toEqual([]);
    expect(statements.flatMap(({ Resource }) => Resource).filter((arn) => arn.includes("shop-"))).toEqual([]);
  });

  test("can switch ECR to Inspector and back if the installation is configured for it", () => {
    expect(JSON.stringify(statements)).not.toContain("inspector2");
    const enhanced = deployerStatements(site, configured({ scanning: "enhanced" }));
    expect(enhanced.filter(({ Sid }) => Sid.startsWith("Inspector"))).toEqual([
      {
        Sid: "Inspector",
        Effect: "Allow",
        Action: ["inspector2:Disable", "inspector2:Enable", "inspector2:ListAccountPermissions"],
        Resource: ["*"],
      },
      {
        Sid: "InspectorRole",
        Effect: "Allow",
        Action: ["iam:CreateServiceLinkedRole"],
        Resource: [`arn:aws:iam::${site.account}:role/aws-service-role/inspector2.amazonaws.com/*`],
        Condition: { StringEquals: { "iam:AWSServiceName": "inspector2.amazonaws.com" } },
      },
    ]);
  });
});

/** IAM's comparison, with asterisks only. */
const matches = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`).test(text);
