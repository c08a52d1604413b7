import { expect, test } from "vitest";
import { configurationOf, threeServices } from "../config/configuration.fixture.ts";
import type { StoredConfiguration } from "../config/stored.ts";
import { PlanReleaseInput } from "../contract/release-input.ts";
import type { InspectedService } from "../ecs/ports.ts";
import type { ReleaseRecord, ReleaseSummary } from "../ledger/release-record.ts";
import { parseInput } from "../lib/parse.ts";
import { newLock } from "../lock/hold-lock.ts";
import { beginRelease, type PlanPorts } from "./begin-release.ts";

const sha = "c".repeat(40);
const execution = {
  arn: "arn:aws:states:eu-central-1:123456789012:execution:release:shop-staging-1",
  name: "shop-staging-1",
  startedAt: "2026-11-20T10:00:00.000Z",
  redriveCount: 0,
};
const input = {
  kind: "deploy",
  repository: "acme/shop",
  environment: "staging",
  ref: "refs/heads/main",
  sha,
  requestedBy: { kind: "github", login: "octocat" },
  requestedAt: "2026-11-20T09:59:59Z",
};
const stored: StoredConfiguration = {
  repository: "acme/shop",
  hash: "0123",
  configuration: configurationOf(threeServices),
};

const digests: Record<string, string> & Record<"frontend" | "backend", string> = {
  frontend: `sha256:${"a".repeat(64)}`,
  backend: `sha256:${"b".repeat(64)}`,
};
/** Every commit was built, by any recipe. */
const build = {
  ref: "refs/heads/main",
  attempt: 1,
  status: "succeeded",
  startedAt: "2026-11-19T10:00:00.000Z",
  waiters: [],
  version: 3,
} as const;

const wellNamed = (service: string, containers: readonly string[]): InspectedService => ({
  service,
  status: "ACTIVE",
  deploymentController: "ECS",
  containers,
  digests: {},
  uses: { families: [`shop-staging-${service}`], roles: [`shop-staging-${service}-task`] },
});

const healthy = {
  frontend: wellNamed("frontend", ["web", "proxy"]),
  backend: wellNamed("backend", ["api"]),
  worker: wellNamed("worker", ["worker"]),
};

const deployment = {
  desiredCount: 1,
  minimumHealthyPercent: 100,
  maximumPercent: 200,
  strategy: "ROLLING",
  isDaemon: false,
  hostPorts: [],
};

/** Only checks, promotions and rollbacks use it. */
const unused = () => Promise.reject(new Error("the release of a commit does not use this"));
const checks = {
  ledger: {
    configuration: unused,
    openRelease: unused,
    build: unused,
    writeBuild: unused,
    pullRequest: unused,
    writePullRequest: unused,
  },
  builds: { recent: unused, stop: unused },
  executions: { stop: unused },
  changes: { sinceFork: unused },
  buildProjectPrefix: "lockmaster-",
};

/** Begins a release as the function does: parses its event first. */
async function begin(
  given: unknown,
  services: Record<string, InspectedService> = healthy,
  { releases, files }: { releases: readonly ReleaseSummary[]; files: readonly string[] } = { releases: [], files: [] },
) {
  const opened: ReleaseRecord[] = [];
  const missing = (service: string): InspectedService => ({
    service,
    status: "MISSING",
    deploymentController: "ECS",
    containers: [],
    digests: {},
    uses: { families: [], roles: [] },
  });
  const ports: PlanPorts = {
    ledger: {
      configuration: (repository) => Promise.resolve(repository === "acme/shop" ? stored : undefined),
      openRelease: (record) => Promise.resolve(void opened.push(record)),
      releases: () => Promise.resolve(releases),
      release: unused,
      agendaEntry: unused,
      lock: () => Promise.resolve(newLock("acme/shop", "staging")),
      writeLock: () => Promise.resolve(),
      start: () => Promise.resolve(undefined),
      repositoryIdentity: () => Promise.resolve(undefined),
      recordIdentity: (identity) => Promise.resolve(identity),
      build: (key) => Promise.resolve({ ...build, ...key, digest: digests[key.image] ?? "" }),
    },
    alarms: { describe: (names) => Promise.resolve(names.map((name) => ({ name, state: "OK" }))) },
    services: {
      inspect: (_, asked) => Promise.resolve(asked.map(({ service }) => services[service] ?? missing(service))),
    },
    changes: { between: () => Promise.resolve({ files }), isAncestor: () => Promise.resolve(undefined) },
    sources: {
      confirm: () =>
        Promise.resolve({ state: "unknown", why: "there are no credentials for GitHub", isTemporary: false }),
      isMember: unused,
    },
    checks,
    tokens: { succeedTask: unused },
    executions: { isRunning: unused },
    registry: { repositoryUri: unused, hasImage: unused },
    versionTags: { digestOf: unused },
  };
  const run = async () => {
    const parsed = parseInput(PlanReleaseInput, { execution, input: given });
    return await beginRelease(ports, parsed.execution, parsed.input, new Date("2026-11-20T10:00:01.000Z"));
  };
  return { output: await run().catch((error: unknown) => error), opened };
}

test("plans every image once and every service, and opens the release", async () => {
  const release = {
    id: "shop-staging-1",
    executionArn: execution.arn,
    startedAt: execution.startedAt,
    kind: "deploy",
    repository: "acme/shop",
    environment: "staging",
    ref: "refs/heads/main",
    sha,
  };

  const { output, opened } = await begin(input);

  expect(output).toEqual({
    state: "ready",
    release,
    images: [
      { image: "backend", reason: "no release has reached the environment yet" },
      { image: "frontend", reason: "no release has reached the environment yet" },
    ],
    known: [],
    services: [{ service: "web" }, { service: "api" }, { service: "worker" }],
    healthSeconds: 1200,
  });
  expect(opened).toEqual([
    {
      ...release,
      requestedBy: input.requestedBy,
      verification: { startedBy: "hand", unconfirmed: "there are no credentials for GitHub" },
      requestedAt: input.requestedAt,
      policyHash: "0123",
      status: "open",
      target: expect.objectContaining({ cluster: "shop-staging", firstDeployment: "scale-to-zero" }),
      plannedAtEpoch: 0,
      images: {},
      builtFrom: { backend: sha, frontend: sha },
    },
  ]);
});

const asLeft: Record<string, InspectedService> = Object.fromEntries(
  Object.entries(healthy).map(([name, service]) => {
    const digest = name === "frontend" ? digests.frontend : digests.backend;
    return [name, { ...service, digests: Object.fromEntries(service.containers.map((one) => [one, digest])) }];
  }),
);
const former: ReleaseSummary = {
  ...input,
  id: "shop-staging-0",
  executionArn: `${execution.arn}0`,
  startedAt: "2026-11-19T10:00:00.000Z",
  kind: "deploy",
  sha: "b".repeat(40),
  requestedBy: { kind: "github", login: "octocat" },
  policyHash: "0123",
  status: "succeeded",
  images: { ...digests, removed: "sha256:0" },
  builtFrom: { frontend: "a".repeat(40), backend: "b".repeat(40), removed: "b".repeat(40) },
};

test("plans the images that the commit affects and the services that run them; the others keep theirs", async () => {
  const { output, opened } = await begin(input, asLeft, { releases: [former], files: ["backend/main.ts"] });

  expect(output).toMatchObject({
    images: [{ image: "backend", reason: "backend/main.ts changed since bbbbbbb" }],
    services: [{ service: "api" }, { service: "worker" }],
  });
  expect(opened).toMatchObject([
    { images: { frontend: digests.frontend }, builtFrom: { frontend: "a".repeat(40), backend: sha } },
  ]);
  expect(opened[0]?.builtFrom).not.toHaveProperty("removed");
});

test("compares with the last success, never with an unproven release or one that was rolled back", async () => {
  const newer = { ...former, sha, builtFrom: { frontend: sha, backend: sha } };
  const releases = [{ ...newer, status: "unproven" }, { ...newer, status: "rolled-back" }, former] as const;

  const { opened } = await begin(input, asLeft, { releases, files: ["backend/main.ts"] });

  expect(opened).toMatchObject([{ builtFrom: { frontend: "a".repeat(40), backend: sha } }]);
});

test("plans nothing for a commit that affects no image, and records the images that stay", async () => {
  const { output, opened } = await begin(input, asLeft, { releases: [former], files: ["README.md"] });

  expect(output).toMatchObject({ state: "ready", images: [], services: [] });
  expect(opened[0]?.images).toEqual(digests);
});

test("compares with the newest release that was not rolled back", async () => {
  const releases = [
    { ...former, id: "shop-staging-00", status: "rolled-back" as const, images: {}, builtFrom: {} },
    former,
  ];
  const { output } = await begin(input, asLeft, { releases, files: [] });

  expect(output).toMatchObject({ images: [] });
});

test.each([
  { name: "no object", given: "deploy", error: "InvalidInputError", says: ["INPUT_INVALID: input: "] },
  {
    name: "several wrong fields, all named",
    given: { ...input, sha: "HEAD", environment: "", extra: 1 },
    error: "InvalidInputError",
    says: ["INPUT_INVALID: ", 'input.sha: "HEAD" is not a commit', "input.environment: ", "input.extra: "],
  },
  {
    name: "a ref that the environment does not follow",
    given: { ...input, ref: "refs/heads/feature" },
    error: "InvalidInputError",
    says: ["INPUT_INVALID: ref: ", "does not follow refs/heads/feature; write refs/heads/main"],
  },
  {
    name: "a repository that is not configured",
    given: { ...input, repository: "acme/other" },
    error: "RejectedError",
    says: ["CONFIGURATION_MISSING", "acme/other", "redrive"],
  },
  {
    name: "an environment that is not configured",
    given: { ...input, environment: "production" },
    error: "RejectedError",
    says: ["CONFIGURATION_MISSING", "production", "only staging"],
  },
  {
    name: "an environment named like a property of every object",
    given: { ...input, environment: "constructor" },
    error: "InvalidInputError",
    says: ['input.environment: "constructor" is a name that every JavaScript object already has'],
  },
])("refuses $name", async ({ given, error, says }) => {
  const { output, opened } = await begin(given);

  expect(output).toMatchObject({ name: error });
  for (const words of says) expect(String(output)).toContain(words);
  expect(opened).toEqual([]);
});

test.each([
  { name: "a missing service", change: { backend: undefined }, code: "SERVICE_NOT_FOUND" },
  { name: "an inactive one", change: { backend: { status: "INACTIVE" } }, code: "SERVICE_INACTIVE" },
  { name: "one that is draining", change: { backend: { status: "DRAINING" } }, code: "SERVICE_INACTIVE" },
  {
    name: "CodeDeploy's controller",
    change: { backend: { deploymentController: "CODE_DEPLOY" } },
    code: "DEPLOYMENT_CONTROLLER_UNSUPPORTED",
  },
  {
    name: "an external controller",
    change: { backend: { deploymentController: "EXTERNAL" } },
    code: "DEPLOYMENT_CONTROLLER_UNSUPPORTED",
  },
  { name: "a container that is not there", change: { backend: { containers: ["app"] } }, code: "CONTAINER_NOT_FOUND" },
  {
    name: "percentages that let ECS neither stop nor start a task",
    change: { backend: { deployment: { ...deployment, minimumHealthyPercent: 50, maximumPercent: 150 } } },
    code: "DEPLOYMENT_DEADLOCKED",
  },
  {
    name: "host ports on too few instances",
    change: { backend: { deployment: { ...deployment, hostPorts: [80], instances: 1 } } },
    code: "DEPLOYMENT_DEADLOCKED",
  },
  {
    name: "a daemon, which cannot be scaled to zero",
    change: { backend: { deployment: { ...deployment, isDaemon: true } } },
    code: "SCALE_TO_ZERO_IMPOSSIBLE",
  },
  { name: "a template that is not there", change: { backend: { templateMissing: true } }, code: "TEMPLATE_NOT_FOUND" },
  {
    name: "a family that Lockmaster has no permission to register",
    change: { backend: { uses: { families: ["backend"], roles: [] } } },
    code: "TASK_DEFINITION_NOT_COVERED",
  },
] as const)("refuses $name", async ({ change, code }) => {
  const { backend } = change;
  const { backend: original, ...others } = healthy;
  const services =
    backend === undefined || original === undefined ? others : { ...others, backend: { ...original, ...backend } };

  const { output } = await begin(input, services);

  expect(output).toMatchObject({ name: "RejectedError", code });
  expect(String(output)).toContain("shop-staging/backend");
});

test("names the role that is not covered, and the whole setting that covers it", async () => {
  const odd = { families: ["shop-staging-backend"], roles: ["platform/runtime", "shop-staging-backend-task"] };

  const { output, opened } = await begin(input, { ...healthy, backend: { ...healthy.backend, uses: odd } });

  expect(String(output)).toBe(
    "RejectedError: TASK_DEFINITION_NOT_COVERED: service api (shop-staging/backend) uses the role platform/runtime, " +
      "which Lockmaster has no permission for: set environments.staging.taskDefinitions.roles: " +
      '["shop-staging-frontend-task", "shop-staging-backend-task", "shop-staging-worker-task", "platform/runtime"], ' +
      "and deploy Lockmaster again. Then redrive.",
  );
  expect(opened).toEqual([]);
});

test("names every service that a release could not change", async () => {
  const { output } = await begin(input, {});

  for (const service of ["frontend", "backend", "worker"]) expect(String(output)).toContain(`shop-staging/${service}`);
});
