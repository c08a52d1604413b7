import * as fc from "fast-check";
import { expect, test } from "vitest";
import { RetryableError } from "../errors.ts";
import type { ObservedBuild } from "../ports.ts";
import type { BuildRecord } from "../records.ts";
import { askForBuild, type BuildPorts } from "./ask-for-build.ts";
import { recipeOf } from "./build-variables.ts";
import { finishBuild } from "./finish-build.ts";

const image = {
  context: ".",
  dockerfile: "Dockerfile",
  repository: "shop/backend",
  paths: [],
  platform: "linux/arm64",
  timeoutMinutes: 60,
} as const;
const key = { repository: "acme/shop", image: "backend", sha: "a".repeat(40), recipe: recipeOf(image) };
const now = new Date("2026-11-20T10:00:00Z");

/** What StartBuild meets: nothing, or an answer that is lost before or after its effect. */
type Fault = "none" | "before" | "after";
type Waiter = { execution: string; redriveCount: number };

/** A ledger, CodeBuild, a registry and everybody who waits, in memory. `turn` lets others go first at every call. */
function buildWorld(faults: Fault[], turn: (call: string) => Promise<unknown>) {
  const builds: ObservedBuild[] = [];
  const answers = new Map<string, "succeeded" | "failed">();
  const byToken = new Map<string, ObservedBuild>();
  const held = new Set<string>();
  let stored: BuildRecord | undefined;
  let mostUnderWay = 0;

  const underWay = () => builds.filter(({ status }) => status === "IN_PROGRESS");
  const unavailable = () => new RetryableError("no answer", { code: "AWS_UNAVAILABLE" });
  const answer = async (token: string, outcome: "succeeded" | "failed") => {
    await turn("token");
    if (answers.has(token)) return false;
    answers.set(token, outcome);
    return true;
  };

  const ports: BuildPorts = {
    ledger: {
      async build() {
        await turn("read");
        return stored;
      },
      async writeBuild(record) {
        await turn("write");
        if ((stored?.version ?? 0) !== record.version - 1) throw new RetryableError("conflict", { code: "CONFLICT" });
        stored = record;
      },
    },
    builds: {
      async start({ project, environment, idempotencyToken }) {
        await turn("start");
        const fault = faults.shift() ?? "none";
        if (fault === "before") throw unavailable();
        let build = byToken.get(idempotencyToken);
        if (build === undefined) {
          build = { id: `${project}:${builds.length}`, project, status: "IN_PROGRESS", environment, exported: {} };
          builds.push(build);
          byToken.set(idempotencyToken, build);
          mostUnderWay = Math.max(mostUnderWay, underWay().length);
        }
        if (fault === "after") throw unavailable();
        return { id: build.id };
      },
      async describe(id) {
        await turn("describe");
        return structuredClone(builds.find((build) => build.id === id));
      },
      async recent() {
        await turn("recent");
        return structuredClone(builds.toReversed());
      },
      async stop(id) {
        await turn("stop");
        const build = builds.find((build) => build.id === id);
        if (build?.status === "IN_PROGRESS") build.status = "STOPPED";
      },
    },
    registry: {
      async hasImage(_, digest) {
        await turn("image");
        return held.has(digest);
      },
      repositoryUri: () => Promise.resolve("registry/shop/backend"),
    },
    tokens: { succeedTask: (token) => answer(token, "succeeded"), failTask: (token) => answer(token, "failed") },
  };

  return {
    ports,
    answers,
    builds,
    underWay,
    held,
    mostUnderWay: () => mostUnderWay,
    forgetIdempotencyTokens: () => byToken.clear(),
    end(build: ObservedBuild, succeeds: boolean) {
      const digest = `sha256:${String(builds.indexOf(build)).padStart(64, "0")}`;
      build.status = succeeds ? "SUCCEEDED" : "FAILED";
      if (!succeeds) return;
      build.exported = { LOCKMASTER_DIGEST: digest };
      held.add(digest);
    },
  };
}

type World = ReturnType<typeof buildWorld>;

/**
 * As the state machine asks: a new token each time, and again after a RetryableError.
 *
 * @param patience how often, before the function counts as killed and the heartbeat has to end
 * @returns the last token
 */
async function ask({ ports }: World, waiter: Waiter, newToken: () => string, patience = 1): Promise<string> {
  let taskToken = "";
  for (let attempt = 0; attempt < patience; attempt += 1) {
    taskToken = newToken();
    try {
      const wish = { ...key, ref: "refs/heads/main", waiter: { ...waiter, taskToken }, now };
      await askForBuild(ports, { wish, image: { ...image, paths: [] }, projectPrefix: "lockmaster-" });
      return taskToken;
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
    }
  }
  return taskToken;
}

/** As EventBridge delivers: maybe not at all, maybe twice, each up to three times when the function fails. */
async function deliver({ ports }: World, id: string, times: number): Promise<void> {
  for (let delivery = 0; delivery < times; delivery += 1) {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const failed = await finishBuild(ports, id).then(
        () => false,
        () => true,
      );
      if (!failed) break;
    }
  }
}

const someWaiters = fc.uniqueArray(
  fc.record({ execution: fc.constantFrom("one", "two", "three"), redriveCount: fc.constant(0) }),
  { selector: ({ execution }) => execution, minLength: 1 },
);
const someFaults = fc.array(fc.constantFrom<Fault>("none", "before", "after"), { maxLength: 4 });

test("never two builds of one image at once, and everybody who waits gets an answer", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      someWaiters,
      someFaults,
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.record({ succeeds: fc.boolean(), deliveries: fc.nat(2) }), { maxLength: 4 }),
      async (scheduler, waiters, faults, patience, ends) => {
        const world = buildWorld([...faults], (call) => scheduler.schedule(Promise.resolve(), call));
        let tokens = 0;
        const newToken = () => `token-${(tokens += 1)}`;
        const endings = [...ends];

        const endBuilds = () =>
          world.underWay().map(async (build) => {
            const { succeeds, deliveries } = endings.shift() ?? { succeeds: true, deliveries: 0 };
            world.end(build, succeeds);
            await deliver(world, build.id, deliveries);
          });

        // Everybody asks at once, while builds end; then, after each heartbeat, whoever has no answer asks again.
        let waiting = new Map(waiters.map((waiter) => [waiter, ""]));
        for (let round = 0; round < 20 && waiting.size > 0; round += 1) {
          const asked = [...waiting.keys()].map(
            async (waiter) => [waiter, await ask(world, waiter, newToken, patience)] as const,
          );
          const ended = endBuilds();
          await scheduler.waitFor(Promise.all([...asked, ...ended]));
          await scheduler.waitFor(Promise.all(endBuilds()));
          world.forgetIdempotencyTokens();
          const tokensNow = await Promise.all(asked);
          waiting = new Map(tokensNow.filter(([, token]) => !world.answers.has(token)));
        }

        expect(waiting.size).toBe(0);
        expect(world.mostUnderWay()).toBeLessThanOrEqual(1);
        expect(world.builds.length).toBeLessThanOrEqual(
          1 + world.builds.filter(({ status }) => status === "FAILED").length,
        );
      },
    ),
    { numRuns: 300 },
  );
});

test("an image is built once for all releases of a commit, as long as the registry has it", async () => {
  const world = buildWorld([], () => Promise.resolve());
  let tokens = 0;
  const newToken = () => `token-${(tokens += 1)}`;

  await ask(world, { execution: "one", redriveCount: 0 }, newToken);
  for (const build of world.underWay()) world.end(build, true);
  const reused = await ask(world, { execution: "two", redriveCount: 0 }, newToken);
  const again = await ask(world, { execution: "two", redriveCount: 1 }, newToken);
  expect(world.builds).toHaveLength(1);
  expect([world.answers.get(reused), world.answers.get(again)]).toEqual(["succeeded", "succeeded"]);

  world.held.clear();
  await ask(world, { execution: "three", redriveCount: 0 }, newToken);
  expect(world.builds).toHaveLength(2);
});

test("a newcomer to a build that failed unnoticed gets another try, who waited gets the failure", async () => {
  const world = buildWorld([], () => Promise.resolve());
  let tokens = 0;
  const newToken = () => `token-${(tokens += 1)}`;

  const first = await ask(world, { execution: "one", redriveCount: 0 }, newToken);
  for (const build of world.underWay()) world.end(build, false);
  const second = await ask(world, { execution: "two", redriveCount: 0 }, newToken);

  expect(world.answers.get(first)).toBe("failed");
  expect(world.answers.has(second)).toBe(false);
  expect(world.underWay()).toHaveLength(1);
});

test.each([
  { name: "CodeBuild does not know", environment: undefined },
  { name: "does not carry Lockmaster's variables", environment: {} },
  { name: "is no attempt that the ledger knows", environment: { LOCKMASTER_ATTEMPT: "1" } },
])("ignores a build that $name", async ({ environment }) => {
  const world = buildWorld([], () => Promise.resolve());
  const mine = { LOCKMASTER_REPOSITORY: "acme/shop", LOCKMASTER_IMAGE: "backend", LOCKMASTER_SHA: key.sha };
  if (environment !== undefined) {
    const whole = "LOCKMASTER_ATTEMPT" in environment ? { ...mine, LOCKMASTER_REPOSITORY_URI: "uri" } : {};
    world.builds.push({
      id: "x:1",
      project: "x",
      status: "SUCCEEDED",
      environment: { ...whole, ...environment },
      exported: {},
    });
  }

  expect(await finishBuild(world.ports, "x:1")).toMatchObject({ state: "ignored" });
});
