import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../lib/errors.ts";
import { validateConfiguration } from "./validate.ts";

const repositories = {
  "acme/shop": {
    images: { api: { context: ".", paths: ["**"], repository: "shop/api" } },
    environments: {
      staging: {
        on: { branch: "main" },
        cluster: "shop-staging",
        services: { api: { service: "backend", containers: { app: "api" } } },
      },
      otherAccount: {
        on: { branch: "main" },
        account: { role: "arn:aws:iam::444455556666:role/lockmaster" },
        cluster: "shop",
        services: { api: { service: "backend", containers: { app: "api" } } },
      },
    },
  },
};
const withWorkload = (workload: unknown) => validateConfiguration({ repositories, installation: { workload } });
const staging = (services: object) => ({ repositories: { "acme/shop": { staging: { services } } } });

function problems(workload: unknown): string {
  try {
    withWorkload(workload);
  } catch (error) {
    if (error instanceof InvalidInputError) return error.message;
    throw error;
  }
  return "";
}

describe("templates", () => {
  test("a service that the workload creates gets the workload's template, others get none", () => {
    const environments = withWorkload({}).repositories["acme/shop"]?.environments;

    expect(environments?.["staging"]?.services["api"]?.template).toBe("shop-staging-backend-template");
    expect(environments?.["otherAccount"]?.services["api"]).not.toHaveProperty("template");
  });

  test("no service gets one without a workload", () => {
    const shop = validateConfiguration({ repositories }).repositories["acme/shop"];

    expect(shop?.environments["staging"]?.services["api"]).not.toHaveProperty("template");
  });
});

describe("a workload that is not possible is refused with its path", () => {
  const port = { containers: { app: { port: 8080 } } };

  test.each([
    {
      what: "an unknown environment",
      workload: { repositories: { "acme/shop": { qa: {} } } },
      message: "is not an environment",
    },
    {
      what: "an environment in another account",
      workload: { repositories: { "acme/shop": { otherAccount: {} } } },
      message: "another account",
    },
    {
      what: "an unknown service",
      workload: staging({ web: {} }),
      message: "services.web: is not a service of the environment",
    },
    {
      what: "an unknown container",
      workload: staging({ api: { containers: { web: {} } } }),
      message: "is not a container",
    },
    {
      what: "a route to a container without port",
      workload: staging({ api: { route: { container: "app" } } }),
      message: '"app" has no port',
    },
    {
      what: "memory that Fargate does not offer",
      workload: staging({ api: { cpu: 512 } }),
      message: "512 is not possible with cpu 512",
    },
    {
      what: "a step that Fargate does not offer",
      workload: staging({ api: { cpu: 1024, memoryMegabytes: 2500 } }),
      message: "in steps of 1024",
    },
    {
      what: "a maximum below the minimum",
      workload: staging({ api: { tasks: { minimum: 5 } } }),
      message: "less than the minimum",
    },
    {
      what: "a secret that is not an ARN",
      workload: staging({ api: { containers: { app: { secrets: { KEY: "value" } } } } }),
      message: "ARN of a secret",
    },
  ])("$what", ({ workload, message }) => {
    expect(problems(workload)).toContain(message);
  });

  test("a whole service is accepted", () => {
    const secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-AbCdEf:url::";
    const containers = { app: { ...port.containers.app, secrets: { DATABASE_URL: secret } } };

    expect(problems(staging({ api: { containers, route: { container: "app" } } }))).toBe("");
  });
});

test("images of two platforms in one task are refused, where the workload would create it", () => {
  const { images, environments } = repositories["acme/shop"];
  const mixed = {
    "acme/shop": {
      images: { ...images, proxy: { context: ".", paths: ["**"], repository: "shop/proxy", platform: "linux/amd64" } },
      environments: {
        staging: {
          ...environments.staging,
          services: { api: { service: "backend", containers: { app: "api", front: "proxy" } } },
        },
      },
    },
  };

  expect(() => validateConfiguration({ repositories: mixed })).not.toThrow();
  expect(() => validateConfiguration({ repositories: mixed, installation: { workload: {} } })).toThrow(
    "a task has only one platform",
  );
});

test.each([
  ["shop-staging-api", "worker", "shop-staging", "api-worker"],
  ["shop-staging", "api-template", "shop-staging", "api"],
])(
  "%s with %s and %s with %s are refused, where the workload would create one family twice",
  (one, first, other, second) => {
    const { images, environments } = repositories["acme/shop"];
    const environment = (cluster: string, service: string) => ({
      ...environments.staging,
      cluster,
      services: { api: { service, containers: { app: "api" } } },
    });
    const both = {
      "acme/shop": { images, environments: { one: environment(one, first), other: environment(other, second) } },
    };

    expect(() => validateConfiguration({ repositories: both })).not.toThrow();
    expect(() => validateConfiguration({ repositories: both, installation: { workload: {} } })).toThrow(
      'as do those of repositories["acme/shop"].environments.one.services.api.service: rename one',
    );
  },
);

test("a service is refused whose roles would have too long a name, where the workload would create it", () => {
  const { images, environments } = repositories["acme/shop"];
  const long = { app: { service: "x".repeat(42), containers: { app: "api" } } };
  const inStaging = (services: object) => ({
    "acme/shop": { images, environments: { staging: { ...environments.staging, services } } },
  });
  const check = (services: object, installation: object) => () =>
    validateConfiguration({ repositories: inStaging(services), installation });

  expect(check(long, { workload: {} })).toThrow(
    "staging.services.app.service: and cluster make the family shop-staging-xx",
  );
  expect(check(long, {})).not.toThrow();
  expect(check({ app: { ...long.app, service: "x".repeat(41) } }, { workload: {} })).not.toThrow();
});
