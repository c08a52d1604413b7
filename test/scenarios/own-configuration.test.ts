import type { ConfigurationInput } from "@lockmaster/core/config/configuration.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import { demonstrationFile, readConfigurationFile } from "@lockmaster/cli/lib/configuration-file.ts";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { virtualClock } from "@lockmaster/local-aws";
import { openRehearsal } from "@lockmaster/rehearsal/rehearsal.ts";
import { accountScenario } from "@lockmaster/rehearsal/shop/account-scenario.ts";
import { fitStory } from "@lockmaster/rehearsal/story/fit-story.ts";
import type { ReleaseReport } from "@lockmaster/rehearsal/story/release-report.ts";
import { runReleases, waiveAndRedrive } from "@lockmaster/rehearsal/story/run-release.ts";
import { readStory } from "@lockmaster/rehearsal/story/story.ts";
import { UsageMeter } from "@lockmaster/rehearsal/story/usage-meter.ts";
import { join } from "node:path";
import { expect, test } from "vitest";

type RepositoryInput = ConfigurationInput["repositories"][string];
type EnvironmentInput = RepositoryInput["environments"][string];

const shipped = await readStory(join(repositoryRoot, "packages/rehearsal/scenarios/story.json"));
const listener = { accepted: () => {}, row: () => {} };

type Outcome = { releases: string[]; leftOut: string[]; reports: ReleaseReport[] };

/** Runs the shipped story with the names of a configuration, as `npm run local` does, on the virtual clock. */
async function rehearse(input: ConfigurationInput): Promise<Outcome> {
  const configuration = validateConfiguration(input);
  const { story, leftOut } = fitStory(shipped, configuration);
  const { story: parts, ...scenario } = story;
  const clock = virtualClock();
  const meter = new UsageMeter();
  const rehearsal = await openRehearsal({
    clock,
    configuration,
    scenario: accountScenario(scenario, configuration),
    webhookSecret: "secret",
    observe: meter.observe,
  });
  const outcome: Outcome = {
    releases: [],
    leftOut: leftOut.map(({ title, reason }) => `${title}: ${reason}`),
    reports: [],
  };
  const { aws } = rehearsal;
  /** Advances the clock until the releases have ended. */
  const finish = async <T>(work: Promise<T>): Promise<T> => {
    let done = false;
    void work.finally(() => (done = true)).catch(() => {});
    await clock.runUntil(() => done, { limitMs: 24 * 3600 * 1000 });
    return await work;
  };
  const note = (expected: string, reports: readonly ReleaseReport[]): void => {
    for (const report of reports) {
      outcome.reports.push(report);
      const reason = report.result === expected ? "" : ` instead of ${expected}: ${report.reason}`;
      outcome.releases.push(`${report.environment} ${report.result}${reason}`);
    }
  };
  try {
    await clock.runUntil(rehearsal.shopIsDeployed);
    const [first = ""] = Object.keys(configuration.repositories);
    for (const { on, expect: expected, operator, repository = first } of parts) {
      const run = { rehearsal, meter, repository, listener };
      const begun = await finish(runReleases(run, on, "octocat"));
      note(expected, begun);
      if (operator === undefined) continue;
      for (const refused of begun) {
        note(operator.expect, await finish(waiveAndRedrive(run, refused, operator.waive, "octocat")));
      }
    }
    expect(aws.faults()).toEqual([]);
  } finally {
    await rehearsal.close();
  }
  return outcome;
}

const image = (repository: string, more: Partial<RepositoryInput["images"][string]> = {}) => ({
  context: ".",
  paths: ["**"],
  repository,
  ...more,
});

/** An environment with one service, which runs one image. */
const environment = (cluster: string, on: EnvironmentInput["on"], more: Partial<EnvironmentInput> = {}) => ({
  on,
  cluster,
  services: { web: { service: "web", containers: { app: "web" } } },
  ...more,
});

test("the demonstration's story is the shipped one", async () => {
  expect(fitStory(shipped, await readConfigurationFile(demonstrationFile))).toEqual({ story: shipped, leftOut: [] });
});

test("one image in one service: what does not fit is left out, and named", async () => {
  const { releases, leftOut, reports } = await rehearse({
    repositories: {
      "team/web": { images: { web: image("web") }, environments: { live: environment("live", { branch: "trunk" }) } },
    },
  });
  expect(releases).toEqual(["live succeeded", "live refused", "live succeeded", "live rolled-back"]);
  expect(leftOut).toEqual([
    "The tag v1.0.0 promotes the same images to production: team/web: no environment follows a tag, so there is no promotion",
    "A pull request builds and tests, and deploys nothing: team/web: no image has a testTarget, so pull requests are not checked",
  ]);
  expect(reports.at(-1)?.evidence).toMatchObject([{ service: "web", container: "app" }]);
});

test("other names, a tag pattern of its own, and a scan gate that is off", async () => {
  const services = {
    storefront: { service: "acme-storefront", containers: { nginx: "site" } },
    jobs: { service: "acme-jobs", containers: { runner: "jobs" } },
  };
  const { releases, leftOut } = await rehearse({
    repositories: {
      "acme-inc/monorepo": {
        images: {
          site: image("acme/site", { platform: "linux/amd64", testTarget: "checks" }),
          jobs: image("acme/jobs", { platform: "linux/amd64" }),
        },
        environments: {
          integration: {
            on: { branch: "develop" },
            cluster: "acme-int",
            services,
            gates: { scan: { enabled: false } },
          },
          live: { on: { tag: "release-*" }, promoteFrom: "integration", cluster: "acme-live", services },
        },
      },
    },
  });
  expect(releases).toEqual(["integration succeeded", "live succeeded", "checks checked", "integration rolled-back"]);
  expect(leftOut).toEqual([
    expect.stringMatching(/^A push with a critical finding .*: gates\.scan is not enabled in integration, /),
  ]);
});

test("templates, and the families, roles and log groups that the configuration lists", async () => {
  const services = {
    api: { service: "api", template: "api-base", containers: { api: "web" } },
    worker: { service: "worker", containers: { worker: "web" } },
  };
  const { releases, reports } = await rehearse({
    repositories: {
      "team/api": {
        images: { web: image("team/api") },
        environments: {
          test: {
            on: { branch: "main" },
            cluster: "test",
            services,
            taskDefinitions: {
              families: ["api-base", "legacy-api", "shared-*"],
              roles: ["platform/ecsTaskExecutionRole", "platform/api-runtime-task"],
              logGroups: ["/apps/*"],
            },
          },
        },
      },
    },
  });
  expect(releases).toEqual(["test succeeded", "test refused", "test succeeded", "test rolled-back"]);
  expect(reports.at(-1)?.evidence[0]?.logLines).toContain("Error: DATABASE_URL is not set");
});

test("alarms, probes, one-off tasks and image gates", async () => {
  const { releases } = await rehearse({
    repositories: {
      "team/web": {
        images: { web: image("web") },
        environments: {
          test: environment(
            "test",
            { branch: "main" },
            {
              health: {
                alarms: ["web-errors", "web-latency"],
                bakeSeconds: 60,
                probe: { url: "https://test.web.example/health", status: 204, revisionPath: "build.revision" },
              },
              tasks: {
                before: [{ name: "migrate", service: "web", container: "app", command: ["./migrate"] }],
                after: [{ name: "smoke", service: "web", container: "app", command: ["./smoke"] }],
              },
              gates: {
                scan: { maximum: { critical: 2, low: 0 } },
                image: { maximumMegabytes: 30, maximumGrowthPercent: 0, labels: ["team"] },
              },
            },
          ),
        },
      },
    },
  });
  expect(releases).toEqual(["test succeeded", "test refused", "test succeeded", "test rolled-back"]);
});

test("environments in another account and region, and several tags on the way to production", async () => {
  const account = { role: "arn:aws:iam::444455556666:role/lockmaster", region: "eu-central-1" };
  const { releases } = await rehearse({
    repositories: {
      "team/web": {
        images: { web: image("web", { testTarget: "test" }) },
        environments: {
          production: environment(
            "live",
            { tag: "v*" },
            { promoteFrom: "acceptance", account, health: { alarms: ["errors"] } },
          ),
          acceptance: environment("acceptance", { tag: "rc-*" }, { promoteFrom: "test" }),
          test: environment("test", { branch: "main" }, { account: { role: account.role } }),
        },
      },
    },
  });
  expect(releases).toEqual([
    "test succeeded",
    "acceptance succeeded",
    "production succeeded",
    "test refused",
    "test succeeded",
    "checks checked",
    "test rolled-back",
  ]);
});

test("two repositories, and two environments that follow one branch", async () => {
  const { releases } = await rehearse({
    repositories: {
      "team/api": {
        images: { api: image("api") },
        environments: {
          one: {
            on: { branch: "main" },
            cluster: "one",
            services: { api: { service: "api", containers: { api: "api" } } },
          },
          two: {
            on: { branch: "main" },
            cluster: "two",
            services: { rest: { service: "rest", containers: { api: "api" } } },
          },
        },
      },
      "team/web": { images: { web: image("web") }, environments: { live: environment("one", { branch: "main" }) } },
    },
  });
  expect(releases).toEqual([
    "one succeeded",
    "two succeeded",
    "one refused",
    "two refused",
    "one succeeded",
    "two succeeded",
    "one rolled-back",
    "two rolled-back",
    "live succeeded",
    "live refused",
    "live succeeded",
    "live rolled-back",
  ]);
});
