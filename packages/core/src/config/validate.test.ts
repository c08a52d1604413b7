import { describe, expect, test } from "vitest";
import shipped from "../../../../examples/shop/lockmaster.config.ts";
import { InvalidInputError } from "../lib/errors.ts";
import type { Configuration } from "./configuration.ts";
import { refuseContestedServices, validateConfiguration } from "./validate.ts";

const image = { context: "frontend", paths: ["frontend/**"], repository: "shop/frontend" };
const service = { service: "frontend", containers: { web: "frontend" } };
const environment = { on: { branch: "main" }, cluster: "shop-staging", services: { web: service } };

/** The lines of what is wrong with a repository, without the path of the repository itself. */
function problems(repository: unknown, name = "acme/shop"): string[] {
  return problemsOf({ repositories: { [name]: repository } }).map((line) =>
    line.replace(`repositories["${name}"].`, ""),
  );
}

function problemsOf(configuration: unknown): string[] {
  const failure = failureOf(configuration);
  return failure
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}

function failureOf(configuration: unknown): string {
  try {
    validateConfiguration(configuration);
  } catch (error) {
    if (error instanceof InvalidInputError && error.code === "CONFIGURATION_INVALID") return error.message;
    throw error;
  }
  return "";
}

const withImage = (change: object) => ({
  images: { frontend: { ...image, ...change } },
  environments: { staging: environment },
});
const withEnvironment = (change: object) => ({
  images: { frontend: image },
  environments: { staging: { ...environment, ...change } },
});

/** Staging as above, and production beside it, promoted from there. */
const withProduction = (change: object) => ({
  images: { frontend: image },
  environments: {
    staging: environment,
    production: {
      on: { tag: "v*" },
      promoteFrom: "staging",
      cluster: "shop-production",
      services: { web: service },
      ...change,
    },
  },
});
const withWaivers = (...waivers: object[]) => withEnvironment({ gates: { scan: { waivers } } });
const waiver = { id: "CVE-2026-1234", owner: "platform", reason: "not reachable", until: "2026-12-31" };

const triggers: [string, unknown, string][] = [
  ["an environment that follows nothing", withEnvironment({ on: {} }), "environments.staging.on: is empty: write"],
  [
    "one that follows a branch and tags",
    withProduction({ on: { branch: "main", tag: "v*" } }),
    "environments.production.on: has a branch and a tag",
  ],
  [
    "tags without promoteFrom",
    withProduction({ promoteFrom: undefined }),
    "environments.production.promoteFrom: is missing: on.tag promotes",
  ],
  [
    "a branch that promotes",
    withProduction({ on: { branch: "production" } }),
    "environments.production.promoteFrom: is only valid with on.tag",
  ],
  [
    "a promotion from an unknown environment",
    withProduction({ promoteFrom: "stagin" }),
    'environments.production.promoteFrom: "stagin" is not another environment of this repository; the others are: staging; did you mean staging?',
  ],
  [
    "a promotion from itself",
    withProduction({ promoteFrom: "production" }),
    'environments.production.promoteFrom: "production" is not another environment',
  ],
  [
    "promotions in a circle",
    {
      ...withProduction({}),
      environments: {
        ...withProduction({}).environments,
        staging: { ...environment, on: { tag: "v*" }, promoteFrom: "production" },
      },
    },
    'environments.staging.promoteFrom: "production" is itself promoted from staging',
  ],
  [
    "a promotion of an image that is never verified",
    {
      images: { frontend: image, backend: { ...image, repository: "shop/backend" } },
      environments: withProduction({
        services: { web: { ...service, containers: { web: "frontend", api: "backend" } } },
      }).environments,
    },
    'environments.production.promoteFrom: "staging" does not run backend',
  ],
  [
    "two environments that promote to one service",
    {
      ...withProduction({}),
      environments: {
        ...withProduction({}).environments,
        again: { ...withProduction({}).environments.production, on: { tag: "w*" } },
      },
    },
    'environments.again.services.web.service: "frontend" in shop-production is already the service of repositories["acme/shop"].environments.production.services.web.service',
  ],
  [
    "an environment with a reserved name",
    { images: { frontend: image }, environments: { checks: environment } },
    "environments.checks: is reserved for the checks of pull requests",
  ],
];

const waivers: [string, unknown, string][] = [
  [
    "a mistyped key in a waiver",
    withWaivers({ ...waiver, untill: "2026-12-31" }),
    "environments.staging.gates.scan.waivers[0].untill: is not a field here; did you mean until?",
  ],
  [
    "a waiver that never ends",
    withWaivers({ ...waiver, until: "never" }),
    "environments.staging.gates.scan.waivers[0].until: is not a day: write it as in 2026-12-31",
  ],
  [
    "a waiver for an unknown image",
    withWaivers({ ...waiver, images: ["frontnd"] }),
    'environments.staging.gates.scan.waivers[0].images[0]: "frontnd" is not an image of this repository; its images are: frontend; did you mean frontend?',
  ],
  [
    "a finding that is waived twice",
    withWaivers(waiver, { ...waiver, images: ["frontend"] }),
    'environments.staging.gates.scan.waivers[1].id: "CVE-2026-1234" is waived twice',
  ],
];

const withTasks = (tasks: object) => withEnvironment({ tasks });
const task = { name: "migrate", service: "web", container: "web", command: ["migrate"] };

const tasks: [string, unknown, string][] = [
  [
    "a task of an unknown service",
    withTasks({ before: [{ ...task, service: "webb" }] }),
    'environments.staging.tasks.before[0].service: "webb" is not a service of this environment; it has: web',
  ],
  [
    "a task in an unknown container",
    withTasks({ after: [{ ...task, container: "wep" }] }),
    'environments.staging.tasks.after[0].container: "wep" is not a container of web that runs a released image; it has: web; did you mean web?',
  ],
  [
    "two tasks of one name",
    withTasks({ before: [task], after: [task] }),
    'environments.staging.tasks.after[0].name: "migrate" is the name of another task here',
  ],
  [
    "tasks that take too long in total",
    withTasks({ before: [{ ...task, deadlineMinutes: 400 }], after: [{ ...task, name: "test", deadlineMinutes: 81 }] }),
    "environments.staging.tasks: may take 481 minutes in total: shorten deadlines to at most 480 minutes",
  ],
  [
    "six tasks",
    withTasks({ before: Array.from({ length: 6 }, (_, n) => ({ ...task, name: `migrate-${n}` })) }),
    "environments.staging.tasks.before: has too many entries: write at most 5",
  ],
  [
    "no command",
    withTasks({ before: [{ ...task, command: [] }] }),
    "environments.staging.tasks.before[0].command: is empty: write the command",
  ],
];

describe("validateConfiguration", () => {
  test("accepts the shipped configuration, and fills in its defaults", () => {
    const { repositories }: Configuration = validateConfiguration(shipped);
    const shop = repositories["acme/shop"];
    expect(shop?.images.backend).toMatchObject({
      dockerfile: "Dockerfile",
      platform: "linux/arm64",
      timeoutMinutes: 60,
    });
    expect(shop?.environments.staging).toMatchObject({ firstDeployment: "scale-to-zero" });
    expect(shop?.environments.staging?.services.worker?.containers).toEqual({ worker: "backend" });
  });

  test.each<[string, unknown, string]>([
    ["a missing field", withImage({ context: undefined }), "images.frontend.context: is missing"],
    ["a wrong type", withImage({ context: 7 }), "images.frontend.context: 7 is not valid: write a string"],
    [
      "a path that leaves the repository",
      withImage({ context: "../other" }),
      'images.frontend.context: "../other" is not a relative path',
    ],
    [
      "an absolute path",
      withImage({ dockerfile: "/etc/passwd" }),
      'images.frontend.dockerfile: "/etc/passwd" is not a relative path',
    ],
    ["no paths", withImage({ paths: [] }), "images.frontend.paths: is empty"],
    ["an empty path", withImage({ paths: [""] }), 'images.frontend.paths[0]: "" is not a relative path'],
    [
      "a path that only takes files away",
      withImage({ paths: ["!docs"] }),
      'images.frontend.paths: begins with "!docs", which',
    ],
    [
      "a negated absolute path",
      withImage({ paths: ["**", "!/a"] }),
      'images.frontend.paths[1]: "!/a" is not a relative path',
    ],
    [
      "alternatives",
      withImage({ paths: ["{a,b}/**"] }),
      'images.frontend.paths[0]: "{a,b}/**" has alternatives in braces',
    ],
    [
      "the URI of an image repository",
      withImage({ repository: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/api" }),
      'images.frontend.repository: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/api" is the URI of an image repository, and only its name belongs here: write "shop/api"',
    ],
    [
      "the URI of an image, in a dual-stack registry",
      withImage({ repository: "https://111122223333.dkr-ecr.eu-west-1.on.aws/shop/api@sha256:00" }),
      'only its name belongs here: write "shop/api"',
    ],
    [
      "an image in the cache of another one",
      {
        images: { frontend: { ...image, repository: "shop/web-cache" }, api: { ...image, repository: "shop/web" } },
        environments: {
          staging: { ...environment, services: { web: { ...service, containers: { a: "frontend", b: "api" } } } },
        },
      },
      'images.frontend.repository: "shop/web-cache" is the cache of repositories["acme/shop"].images.api.repository',
    ],
    ...[
      ["http://shop.example/health", "begins with http://, whose answer can be forged on its way: write https://"],
      ["ftp://shop.example/health", "has the scheme ftp: write an address that begins with https://"],
      ["javascript:alert(1)", "has the scheme javascript"],
      ["https://me:secret@shop.example/", "contains a user name or password"],
      ["http://169.254.170.2/v2/credentials", "is an address of the function's own host"],
      ["https://[fd00:ec2::254]/latest", "is an address of the function's own host"],
    ].map(([url = "", expected = ""]): [string, unknown, string] => [
      `a probe of ${url}`,
      withEnvironment({ health: { probe: { url } } }),
      `environments.staging.health.probe.url: ${expected}`,
    ]),
    ...["constructor", "toString", "valueOf", "hasOwnProperty"].map((name): [string, unknown, string] => [
      `a service called ${name}`,
      withEnvironment({ services: { web: service, [name]: { ...service, service: "other" } } }),
      `environments.staging.services.${name}: "${name}" is a name that every JavaScript object already has: choose another`,
    ]),
    [
      "an environment called constructor",
      { images: { frontend: image }, environments: { constructor: environment } },
      'environments.constructor: "constructor" is a name that every JavaScript object already has',
    ],
    [
      "an image called __proto__",
      { images: { ["__proto__"]: image, frontend: image }, environments: { staging: environment } },
      'images.__proto__: "__proto__" is not a valid name',
    ],
    [
      "a container called __proto__",
      withEnvironment({
        services: { web: { ...service, containers: { ["__proto__"]: "frontend", web: "frontend" } } },
      }),
      'environments.staging.services.web.containers.__proto__: "__proto__" is a name that every',
    ],
    [
      "what an object literal inherits with __proto__",
      withEnvironment({ services: { __proto__: { api: service }, web: service } }),
      "environments.staging.services: inherits from another object, whose fields would be ignored",
    ],
    [
      "a name that a terminal interprets",
      withEnvironment({ services: { web: service, "\u001B[2Jx\u202E": service } }),
      String.raw`environments.staging.services["\u001b[2Jx\u202e"]: "\u001b[2Jx\u202e" is not a valid name`,
    ],
    [
      "a very long name",
      withEnvironment({ cluster: "a".repeat(1_000_000) }),
      `environments.staging.cluster: "${"a".repeat(98)}… (1000000 characters)" is not an ECS name: use up to 255`,
    ],
    ["a question mark", withImage({ paths: ["a?c"] }), 'images.frontend.paths[0]: "a?c" has a ?'],
    [
      "a registry in the repository",
      withImage({ repository: "1.dkr.ecr.eu.amazonaws.com:443/Shop" }),
      "images.frontend.repository: ",
    ],
    [
      "an invalid name of a stage",
      withImage({ target: "run time" }),
      'images.frontend.target: "run time" is not the name of a Dockerfile stage',
    ],
    [
      "an unknown platform",
      withImage({ platform: "linux/x86" }),
      '"linux/x86" is not valid: write "linux/amd64" or "linux/arm64"',
    ],
    [
      "too long a build",
      withImage({ timeoutMinutes: 481 }),
      "images.frontend.timeoutMinutes: 481 is too large: write at most 480",
    ],
    [
      "half a minute",
      withImage({ timeoutMinutes: 30.5 }),
      "images.frontend.timeoutMinutes: 30.5 is not a whole number: write one",
    ],
    [
      "a mistyped key",
      withEnvironment({ clustr: "x" }),
      "environments.staging.clustr: is not a field here; did you mean cluster?",
    ],
    [
      "an unknown key",
      withEnvironment({ pipeline: {} }),
      "environments.staging.pipeline: is not a field here; use one of: on, verification, promoteFrom, account, cluster",
    ],
    [
      "an ARN as cluster",
      withEnvironment({ cluster: "arn:aws:ecs:eu-central-1:1:cluster/a" }),
      "environments.staging.cluster: ",
    ],
    [
      "a ref as branch",
      withEnvironment({ on: { branch: "release/*" } }),
      'environments.staging.on.branch: "release/*" is not a branch',
    ],
    ["no services", withEnvironment({ services: {} }), "environments.staging.services: is empty"],
    [
      "no containers",
      withEnvironment({ services: { web: { ...service, containers: {} } } }),
      "environments.staging.services.web.containers: is empty",
    ],
    [
      "a container with an unknown image",
      withEnvironment({ services: { web: { ...service, containers: { web: "frontend", log: "frontnd" } } } }),
      'environments.staging.services.web.containers.log: "frontnd" is not an image of this repository; its images are: frontend; did you mean frontend?',
    ],
    [
      "an image that no container runs",
      { ...withEnvironment({}), images: { frontend: image, idle: { ...image, repository: "shop/idle" } } },
      "images.idle: is not used",
    ],
    [
      "two images in one ECR repository",
      {
        images: { frontend: image, other: image },
        environments: {
          staging: { ...environment, services: { web: { ...service, containers: { a: "frontend", b: "other" } } } },
        },
      },
      'images.other.repository: "shop/frontend" is already the repository of frontend',
    ],
    [
      "one ECS service twice in an environment",
      withEnvironment({ services: { web: service, again: service } }),
      'environments.staging.services.again.service: "frontend" is already the ECS service of web',
    ],
    [
      "two environments that follow one branch into one service",
      { images: { frontend: image }, environments: { staging: environment, copy: environment } },
      'environments.copy.services.web.service: "frontend" in shop-staging is already the service of repositories["acme/shop"].environments.staging.services.web.service',
    ],
    [
      "two environments that follow two branches into one service",
      {
        images: { frontend: image },
        environments: { staging: environment, copy: { ...environment, on: { branch: "next" } } },
      },
      'environments.copy.services.web.service: "frontend" in shop-staging is already the service of',
    ],
    [
      "two environments in one account with two roles",
      {
        images: { frontend: image },
        environments: {
          one: { ...environment, account: { role: "arn:aws:iam::111122223333:role/one" } },
          two: { ...environment, account: { role: "arn:aws:iam::111122223333:role/two" } },
        },
      },
      'environments.two.services.web.service: "frontend" in shop-staging is already the service of',
    ],
    ...triggers,
    ...waivers,
    ...tasks,
    [
      "51 services",
      withEnvironment({
        services: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`s${n}`, { ...service, service: `s${n}` }])),
      }),
      "environments.staging.services: has too many entries: write at most 50",
    ],
    [
      "an environment with an unsafe name",
      { images: { frontend: image }, environments: { "a#b": environment } },
      'environments["a#b"]: "a#b" is not a valid name',
    ],
  ])("reports %s, where it is and what to write instead", (_, repository, expected) => {
    expect(problems(repository)[0]).toContain(expected);
  });

  test("accepts services of one name in two accounts", () => {
    const account = { role: "arn:aws:iam::111122223333:role/lockmaster" };
    const repository = {
      images: { frontend: image },
      environments: { here: environment, there: { ...environment, account } },
    };
    expect(problems(repository)).toEqual([]);
  });

  test("reports two repositories that release to one service", () => {
    const other = { images: { frontend: { ...image, repository: "blog/frontend" } } };
    expect(
      problemsOf({
        repositories: { "acme/shop": withEnvironment({}), "acme/blog": { ...withEnvironment({}), ...other } },
      }),
    ).toEqual([
      expect.stringContaining(
        'repositories["acme/blog"].environments.staging.services.web.service: "frontend" in shop-staging is already the service of repositories["acme/shop"].environments.staging.services.web.service; two environments cannot',
      ),
    ]);
  });

  test("reports a repository that is not owner/name", () => {
    expect(problemsOf({ repositories: { shop: withEnvironment({}) } })).toEqual([
      expect.stringContaining('repositories.shop: "shop" is not a GitHub repository: write owner/name'),
    ]);
  });

  test.each([undefined, null, [], "text", {}, { repositories: {} }, { repositories: [] }])(
    "refuses %j",
    (configuration) => {
      expect(problemsOf(configuration)).toHaveLength(1);
    },
  );

  test("lists every problem of every repository at once", () => {
    const found = problemsOf({
      repositories: {
        "acme/shop": { ...withImage({ contxt: "x", dockrfile: "y" }), more: 1 },
        "acme/blog": withEnvironment({ services: { web: { ...service, containers: { web: "blog" } } } }),
        "acme/api": { images: {}, environments: 3 },
      },
      repos: {},
    });
    expect(found.map((line) => line.slice(0, line.indexOf(": "))).sort()).toEqual(
      [
        "repos",
        'repositories["acme/api"].environments',
        'repositories["acme/api"].images',
        'repositories["acme/blog"].environments.staging.services.web.containers.web',
        'repositories["acme/blog"].images.frontend',
        'repositories["acme/shop"].images.frontend.contxt',
        'repositories["acme/shop"].images.frontend.dockrfile',
        'repositories["acme/shop"].more',
      ].sort(),
    );
  });

  test.each(["https://shop.example/health", "http://127.0.0.1:8080/", "http://localhost/", "http://[::1]/"])(
    "accepts a probe of %s",
    (url) => {
      expect(problems(withEnvironment({ health: { probe: { url } } }))).toEqual([]);
    },
  );

  test("accepts a probe of a service without a certificate when that is stated", () => {
    const probe = { url: "http://shop.example/health", plainHttp: true };
    expect(problems(withEnvironment({ health: { probe } }))).toEqual([]);
  });

  const other = {
    images: { frontend: image },
    environments: { live: { ...environment, cluster: "other" } },
  };

  test("refuses an ECR repository that two GitHub repositories name, and the cache of another one's", () => {
    expect(problemsOf({ repositories: { "acme/shop": withImage({}), "acme/other": other } })).toEqual([
      expect.stringContaining(
        'repositories["acme/other"].images.frontend.repository: "shop/frontend" is already the ECR repository of repositories["acme/shop"].images.frontend.repository',
      ),
    ]);
    const cache = { ...other, images: { frontend: { ...image, repository: "shop/frontend-cache" } } };
    expect(problemsOf({ repositories: { "acme/other": cache, "acme/shop": withImage({}) } })).toEqual([
      expect.stringContaining(
        'repositories["acme/other"].images.frontend.repository: "shop/frontend-cache" is the cache',
      ),
    ]);
  });

  test("refuses two names that differ by capitals alone, which are one repository at GitHub", () => {
    const own = { ...other, images: { frontend: { ...image, repository: "other/frontend" } } };
    expect(problemsOf({ repositories: { "acme/shop": withImage({}), "Acme/Shop": own } })).toEqual([
      'repositories["Acme/Shop"]: is the same repository at GitHub as "acme/shop": remove the one that GitHub does not write so',
    ]);
  });

  const inAccount = (account: string, role: string, region?: string) => ({
    account: { role: `arn:aws:iam::${account}:role/${role}`, ...(region !== undefined && { region }) },
  });
  const both = (one: object, two: object) => ({
    repositories: {
      "acme/shop": {
        images: { frontend: image },
        environments: { one: { ...environment, ...one }, two: { ...environment, on: { branch: "two" }, ...two } },
      },
    },
  });

  test.each<[string, object, object, string | undefined]>([
    [
      "through another role",
      inAccount("1".repeat(12), "a"),
      inAccount("1".repeat(12), "b"),
      "is already the service of",
    ],
    [
      "in a region that only one of them states",
      inAccount("1".repeat(12), "a", "eu-west-1"),
      inAccount("1".repeat(12), "a"),
      "may be the service of",
    ],
    ["in another account", inAccount("1".repeat(12), "a"), inAccount("2".repeat(12), "a"), undefined],
    [
      "in another region",
      inAccount("1".repeat(12), "a", "eu-west-1"),
      inAccount("1".repeat(12), "a", "eu-north-1"),
      undefined,
    ],
    ["in the installation's account, which is unknown here", {}, inAccount("1".repeat(12), "a"), undefined],
  ])("one service of two environments, %s", (_, one, two, expected) => {
    const [found, ...others] = problemsOf(both(one, two));
    expect(others).toEqual([]);
    expect(expected === undefined ? found === undefined : found?.includes(expected)).toBe(true);
  });

  test.each<[string, object, boolean]>([
    ["its account and region", inAccount("111122223333", "a", "eu-west-1"), true],
    ["its account", inAccount("111122223333", "a"), true],
    ["its account, in another region", inAccount("111122223333", "a", "eu-north-1"), false],
    ["another account", inAccount("444455556666", "a", "eu-west-1"), false],
  ])("where the installation is known, an environment that names a role in %s is compared", (_, two, isRefused) => {
    const configuration = validateConfiguration(both({}, two));
    let message = "";
    try {
      refuseContestedServices(configuration, { account: "111122223333", region: "eu-west-1" });
    } catch (error) {
      message = String(error);
    }
    expect(message.includes("environments.one.services.web.service; two environments cannot release")).toBe(isRefused);
  });

  test("refuses an expired waiver only where the day is known", () => {
    const configuration = { repositories: { "acme/shop": withWaivers(waiver) } };
    expect(() => validateConfiguration(configuration, { today: "2026-12-31" })).not.toThrow();
    expect(() => validateConfiguration(configuration, { today: "2027-01-01" })).toThrow(
      'waivers[0].until: "2026-12-31" is over, so CVE-2026-1234 is no longer waived',
    );
    expect(() => validateConfiguration(configuration)).not.toThrow();
  });

  test("reports problems of fields, references and the workload together", () => {
    const repository = withEnvironment({
      cluster: "a b",
      services: { web: { ...service, containers: { web: "nope" } } },
    });
    const workload = { repositories: { "acme/shop": { nowhere: {} } } };
    expect(problemsOf({ repositories: { "acme/shop": repository }, installation: { workload } }).join("\n")).toMatch(
      /cluster: "a b" is not[^]*"nope" is not an image[^]*nowhere: is not an environment/,
    );
  });
});
