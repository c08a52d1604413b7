import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { promisify } from "node:util";
import { canonicalJson } from "@lockmaster/core/config/stored.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import * as fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import type { Discovery, FoundService } from "./discover.ts";
import { propose, proposedConfiguration } from "./propose.ts";
import { renderConfiguration } from "./render.ts";
import type { Source } from "./source.ts";

const registry = "111122223333.dkr.ecr.eu-central-1.amazonaws.com";
const account = { account: "111122223333", region: "eu-central-1" };
const noSource: Source = { dockerfiles: [] };

const service = (cluster: string, name: string, ...repositories: string[]): FoundService => ({
  cluster,
  service: name,
  controller: "ECS",
  scheduling: "REPLICA",
  family: `${cluster}-${name}`,
  architecture: "ARM64",
  roles: [`${cluster}-${name}-task`],
  logGroups: [],
  containers: repositories.map((repository) => ({
    name: repository.replaceAll("/", "-"),
    image: `${registry}/${repository}:1`,
  })),
});

const found = (...services: FoundService[]): Discovery => ({
  ...account,
  services,
  repositories: [
    ...new Set(
      services.flatMap(({ containers }) =>
        containers.map(({ image }) => image.slice(registry.length + 1).split(":")[0] ?? ""),
      ),
    ),
  ],
});

const environmentsOf = (...services: FoundService[]) =>
  propose(found(...services), noSource, "acme/shop", "main").environments.map(({ name, on, promoteFrom, cluster }) => ({
    name,
    ...on,
    ...(promoteFrom !== undefined && { promoteFrom }),
    cluster,
  }));

describe("environments", () => {
  test.each<[string, FoundService[], object[]]>([
    [
      "a cluster for each stage",
      [service("prod", "web", "shop/web"), service("dev", "web", "shop/web"), service("stg", "web", "shop/web")],
      [
        { name: "development", branch: "main", cluster: "dev" },
        { name: "staging", branch: "main", cluster: "stg" },
        { name: "production", tag: "v*", promoteFrom: "staging", cluster: "prod" },
      ],
    ],
    [
      "stages side by side in one cluster",
      [service("shop", "web-staging", "shop/web"), service("shop", "web-production", "shop/web")],
      [
        { name: "staging", branch: "main", cluster: "shop" },
        { name: "production", tag: "v*", promoteFrom: "staging", cluster: "shop" },
      ],
    ],
    [
      "a production whose images run in no other environment",
      [service("staging", "web", "shop/web-staging"), service("production", "web", "shop/web")],
      [
        { name: "staging", branch: "main", cluster: "staging" },
        { name: "production", branch: "production", cluster: "production" },
      ],
    ],
    [
      "no stage at all",
      [service("default", "web", "shop/web")],
      [{ name: "default", branch: "main", cluster: "default" }],
    ],
    [
      "two applications of the same stage",
      [service("blog-staging", "web", "blog/web"), service("shop-staging", "web", "shop/web")],
      [
        { name: "blog-staging", branch: "main", cluster: "blog-staging" },
        { name: "shop-staging", branch: "main", cluster: "shop-staging" },
      ],
    ],
    [
      "a stage as part of another word",
      [service("products", "web", "a/b")],
      [{ name: "products", branch: "main", cluster: "products" }],
    ],
  ])("%s", (_, services, expected) => {
    expect(environmentsOf(...services)).toEqual(expected);
  });
});

test("services that cannot be released are listed with the reason", () => {
  const web = service("shop", "web", "shop/web");
  const { notes } = propose(
    found(
      web,
      { ...service("shop", "agent", "shop/agent"), scheduling: "DAEMON" },
      { ...web, service: "x86", architecture: "X86_64" },
    ),
    noSource,
    "acme/shop",
    "main",
  );
  expect(notes.slice(0, 3).map(({ where, message }) => `${where}: ${message}`)).toEqual([
    "shop/agent: left out: it is a daemon service; Lockmaster releases replica services only",
    expect.stringContaining("shop/web, shop/x86: share the task definition family shop-web"),
    "shop/web (ARM64), shop/x86 (X86_64): run shop/web on different platforms; Lockmaster builds an image for one platform",
  ]);
});

test("names that permissions depend on are proposed where they differ from the defaults", () => {
  const usual = { ...service("shop", "web", "shop/web"), roles: ["shop-web-task"], logGroups: ["/ecs/shop-web"] };
  const [expected] = propose(found(usual), noSource, "acme/shop", "main").environments;
  expect(expected?.taskDefinitions).toBeUndefined();

  const unusual = { ...service("shop", "api", "shop/api"), family: "api", roles: ["app/runs", "app/starts"] };
  const { environments, existing, notes } = propose(found(usual, unusual), noSource, "acme/shop", "main");
  expect(environments[0]?.taskDefinitions).toEqual({
    families: ["api", "shop-web"],
    roles: ["app/runs", "app/starts", "shop-web-task"],
  });
  expect(existing).toEqual(["shop/api", "shop/web"]);
  expect(notes.map(({ message }) => message)).toContain(
    "does not exist, and builds need it for their cache; create it: aws ecr create-repository --repository-name shop/web-cache",
  );
});

const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,60}$/);
const repository = fc.stringMatching(/^[a-z0-9]{2,30}(?:[._-][a-z0-9]{1,20}){0,2}(?:\/[a-z0-9]{1,30}){0,2}$/);
const discovery = fc
  .uniqueArray(
    fc.record({
      cluster: fc.oneof(name, fc.constantFrom("checks", "shop-staging", "shop-prod", "prod", "404")),
      service: fc.oneof(name, fc.constantFrom("web-staging", "constructor", "__proto__x", "7")),
      controller: fc.constantFrom("ECS", "ECS", "CODE_DEPLOY"),
      scheduling: fc.constant("REPLICA"),
      architecture: fc.constantFrom("ARM64", "X86_64"),
      family: name,
      roles: fc.array(
        name.map((text) => `path/${text}`),
        { maxLength: 2 },
      ),
      logGroups: fc.array(
        name.map((text) => `/ecs/${text}`),
        { maxLength: 2 },
      ),
      containers: fc.uniqueArray(fc.record({ name, image: repository.map((text) => `${registry}/${text}:1`) }), {
        maxLength: 4,
        selector: (container) => container.name,
      }),
    }),
    { minLength: 1, maxLength: 12, selector: (one) => `${one.cluster}/${one.service}` },
  )
  .map((services): Discovery => found(service("prod", "api", "shop/api"), ...services));
const folder = fc.stringMatching(/^[a-zA-Z0-9"' ._-]{1,50}$/).filter((text) => !text.includes(".."));
const source = fc.record({
  dockerfiles: fc.array(fc.record({ folder, stages: fc.constantFrom(["test"], []) }), { maxLength: 4 }),
});

test("for every account, the text is valid, formatted, and equals the proposal", async () => {
  const scratch = await mkdtemp(join(tmpdir(), "lockmaster-init-"));
  onTestFinished(() => rm(scratch, { recursive: true }));
  let count = 0;
  await fc.assert(
    fc.asyncProperty(discovery, source, async (discovered, source) => {
      const proposal = propose(discovered, source, "acme/shop", "main");
      const configuration = proposedConfiguration(proposal);
      validateConfiguration(configuration);
      const text = renderConfiguration(proposal, account);
      const body = text.slice(text.indexOf("export default defineConfig(")).replace("export default defineConfig", "");
      expect(canonicalJson(runInNewContext(body))).toBe(canonicalJson(configuration));
      count += 1;
      await writeFile(join(scratch, `${count}.config.ts`), text);
    }),
    { numRuns: 100 },
  );
  const oxfmt = join(repositoryRoot, "node_modules/.bin/oxfmt");
  await promisify(execFile)(oxfmt, ["-c", join(repositoryRoot, ".oxfmtrc.json"), "--check", scratch]);
});
