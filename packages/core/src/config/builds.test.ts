import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../lib/errors.ts";
import { parseEcrReference } from "./builds.ts";
import { validateConfiguration } from "./validate.ts";

const repository = {
  images: { api: { context: ".", paths: ["**"], repository: "shop/api" } },
  environments: {
    staging: {
      on: { branch: "main" },
      cluster: "shop",
      services: { api: { service: "api", containers: { app: "api" } } },
    },
  },
};
const registry = "111122223333.dkr.ecr.eu-central-1.amazonaws.com";
const key = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000";
const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/docker-hub-AbCdEf";
const login = { registry: "docker.io", secret: "shop/docker-hub" };

function configure(settings: unknown, name = "acme/shop") {
  return validateConfiguration({
    repositories: { "acme/shop": repository },
    installation: { builds: { repositories: { [name]: settings } } },
  });
}

/** The problems of the settings, without their common path. */
function problems(settings: unknown, name?: string): string[] {
  try {
    configure(settings, name);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const lines = error.message.split("\n").slice(1);
    return lines.map((line) => line.trim().replace(/^installation\.builds\.repositories(\["[^"]*"\])?\.?/, ""));
  }
  return [];
}

test("without settings, builds fetch nothing and log in nowhere", () => {
  expect(configure({}).installation.builds.repositories["acme/shop"]).toEqual({
    submodules: false,
    lfs: false,
    logins: [],
    bases: [],
    pullThroughCaches: [],
  });
});

test("logins and imports are those of releases alone unless the configuration gives them to checks", () => {
  const { repositories } = configure({ logins: [login], pullThroughCaches: [{ prefix: `${registry}/hub` }] })
    .installation.builds;
  expect(repositories["acme/shop"]).toMatchObject({
    logins: [{ checks: false }],
    pullThroughCaches: [{ checks: false }],
  });
});

test.each([
  [login],
  [{ registry: "ghcr.io", secret: arn, encryptionKey: key, checks: true }],
  [{ registry: "registry.shop.example:5000", secret: "a" }],
  [{ registry: "my-org.jfrog.io", secret: "team/shop_+=.@-1", encryptionKey: key }],
])("%j is a login", (given) => {
  expect(problems({ logins: [given] })).toEqual([]);
});

describe("a login is refused, with what to write instead,", () => {
  test.each([
    ["hub.docker.com", /is not how images of Docker Hub are named: write docker\.io/],
    ["index.docker.io", /write docker\.io/],
    ["registry-1.docker.io", /write docker\.io/],
    [registry, /is a registry of ECR, which takes no password: name its repositories in bases/],
    ["public.ecr.aws", /needs no login: remove it/],
    ["https://ghcr.io", /is not the host of a registry/],
    ["ghcr.io/acme", /is not the host of a registry/],
    ["GHCR.io", /in lower case/],
    ["localhost", /is not the host of a registry/],
    ["ghcr.io,evil.example a", /is not the host of a registry/],
    ["", /is not the host of a registry/],
  ])("for the registry %j", (host, message) => {
    const [problem, ...others] = problems({ logins: [{ ...login, registry: host }] });
    expect(problem).toMatch(/^logins\[0\]\.registry: /);
    expect(problem).toMatch(message);
    expect(others).toEqual([]);
  });

  test.each([
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/docker-hub",
    `${arn}:password::`,
    "arn:aws:ssm:eu-west-1:111122223333:parameter/hub",
    "shop/*",
    "shop/hub-??????",
    "two words",
    "a,b",
    "",
  ])("for the secret %j", (secret) => {
    expect(problems({ logins: [{ ...login, secret }] })).toEqual([
      expect.stringMatching(/^logins\[0\]\.secret: .*is not a secret: write its name/),
    ]);
  });

  test("for a password in the configuration, an alias, and a key in another region than its secret", () => {
    expect(problems({ logins: [{ ...login, password: "top-secret" }] })[0]).toMatch(
      /^logins\[0\]\.password: is not a field/,
    );
    const alias = "arn:aws:kms:eu-west-1:111122223333:alias/shop";
    expect(problems({ logins: [{ ...login, encryptionKey: alias }] })[0]).toContain("not of an alias");
    const elsewhere = key.replace("eu-west-1", "us-east-1");
    expect(problems({ logins: [{ ...login, secret: arn, encryptionKey: elsewhere }] })).toEqual([
      `logins[0].encryptionKey: "${elsewhere}" is in us-east-1 and its secret in eu-west-1: write the ARN of the key in eu-west-1`,
    ]);
  });

  test("for a registry that has one already", () => {
    expect(problems({ logins: [login, { ...login, secret: "other" }] })).toEqual([
      'logins[1].registry: "docker.io" is named twice: remove one of the entries',
    ]);
  });
});

describe("a base", () => {
  test("is a repository as a FROM line names it", () => {
    expect(problems({ bases: [`${registry}/platform/node`, `${registry}/a1`] })).toEqual([]);
    expect(parseEcrReference(`${registry}/platform/node`)).toEqual({
      host: registry,
      account: "111122223333",
      region: "eu-central-1",
      name: "platform/node",
    });
  });

  test.each([
    [`${registry}/platform/node:24`, "has a tag or a digest: write the repository alone"],
    [`${registry}/platform/node@sha256:00`, "has a tag or a digest"],
    ["platform/node", "is not a repository of ECR"],
    [`${registry}/`, "is not a repository of ECR"],
    [`${registry}/*`, "is not a repository of ECR"],
    [`${registry}/Platform`, "is not a repository of ECR"],
    ["docker.io/library/node", "is not a repository of ECR"],
    [`${registry}.cn/node`, "is not a repository of ECR"],
  ])("is not %j", (base, message) => {
    const [problem, ...others] = problems({ bases: [base] });
    expect(problem).toContain(`bases[0]: "${base}" ${message}`);
    expect(others).toEqual([]);
  });
});

test.each([registry, `${registry}/ROOT`, `${registry}/hub/*`, `${registry}/hub/`, "hub"])(
  "%j is no prefix of a pull-through cache",
  (prefix) => {
    expect(problems({ pullThroughCaches: [{ prefix }] })).toEqual([
      expect.stringMatching(/^pullThroughCaches\[0\]\.prefix: .*is not a registry of ECR and the prefix/),
    ]);
  },
);

test("settings of a repository that the configuration does not have are refused", () => {
  expect(problems({ lfs: true }, "acme/shpo")).toEqual([
    ": is not a repository of the configuration: its repositories are: acme/shop; did you mean acme/shop?",
  ]);
});
