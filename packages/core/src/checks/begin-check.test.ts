import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { configurationOf } from "../config/configuration.fixture.ts";
import { RetryableError } from "../lib/errors.ts";
import type { Difference } from "../changes/ports.ts";
import type { PullRequestRecord } from "../ledger/pull-request-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { CheckInput } from "../contract/release-input.ts";
import { beginCheck, type CheckPorts } from "./begin-check.ts";
import { closePullRequest } from "./close-pull-request.ts";

const image = (name: string, testTarget?: string) => ({
  context: name,
  repository: `shop/${name}`,
  paths: [`${name}/**`],
  ...(testTarget !== undefined && { testTarget }),
});
const configuration = configurationOf({
  images: { backend: image("backend", "test"), frontend: image("frontend", "test"), tools: image("tools") },
  environments: {
    staging: {
      on: { branch: "main" },
      cluster: "shop",
      services: {
        web: { service: "web", containers: { web: "frontend", api: "backend", tools: "tools" } },
      },
    },
  },
});

const ref = "refs/pull/7/head";
const base = "0".repeat(39) + "1";

const inputOf = (second: number, sha = String(second).padStart(40, "a")): CheckInput => ({
  kind: "check",
  repository: "acme/shop",
  ref,
  sha,
  base,
  requestedBy: { kind: "github", login: "octocat" },
  requestedAt: new Date(Date.UTC(2026, 10, 21, 12, 0, second)).toISOString(),
});
const executionOf = (name: string, millisecond = 0) => ({
  arn: `arn:aws:states:eu-central-1:123456789012:execution:release:${name}`,
  name,
  startedAt: new Date(Date.UTC(2026, 10, 21, 12, 30, 0, millisecond)).toISOString(),
  redriveCount: 0,
});

type Turn = (call: string) => Promise<unknown>;

/** A ledger without builds, and executions, in memory. `turn` lets other calls go first at every call. */
function checkWorld(turn: Turn = () => Promise.resolve(), difference: Difference = { unknown: "no credentials" }) {
  const opened: ReleaseRecord[] = [];
  const stopped: { name: string; error: string; cause: string }[] = [];
  let stored: PullRequestRecord | undefined;
  const ports: CheckPorts = {
    ledger: {
      configuration: (repository) =>
        Promise.resolve(repository === "acme/shop" ? { repository, configuration, hash: "0123" } : undefined),
      openRelease: async (record) => {
        await turn("open");
        opened.push(record);
      },
      build: () => Promise.resolve(undefined),
      writeBuild: () => Promise.reject(new Error("there are no builds")),
      pullRequest: async () => {
        await turn("read");
        return stored;
      },
      writePullRequest: async (record) => {
        await turn("write");
        if ((stored?.version ?? 0) !== record.version - 1) throw new RetryableError("conflict", { code: "CONFLICT" });
        stored = record;
      },
    },
    builds: { recent: () => Promise.resolve([]), stop: () => Promise.resolve() },
    executions: {
      stop: async (arn, error, cause) => {
        await turn("stop");
        stopped.push({ name: arn.split(":").at(-1) ?? "", error, cause });
      },
    },
    changes: { sinceFork: () => Promise.resolve(difference) },
    buildProjectPrefix: "lockmaster-",
  };
  return { ports, opened, stopped, stored: () => stored };
}

/** Plans as the state machine does: again after a RetryableError. */
async function begin({ ports }: { ports: CheckPorts }, input: CheckInput, execution = executionOf(input.sha)) {
  for (;;) {
    try {
      return await beginCheck(ports, execution, input);
    } catch (error) {
      if (!(error instanceof RetryableError)) return error;
    }
  }
}

describe("which images are tested", () => {
  test.each<[string, Difference, string[]]>([
    ["the images that it changes", { files: ["backend/main.go", "README.md"] }, ["backend"]],
    ["every image with tests when its changes are unknown", { unknown: "no credentials" }, ["backend", "frontend"]],
    ["none when it changes no image with tests", { files: ["tools/x.sh", "README.md"] }, []],
  ])("%s", async (_, difference, images) => {
    const world = checkWorld(undefined, difference);
    expect(await begin(world, inputOf(1))).toMatchObject({
      state: "ready",
      release: { kind: "check", environment: "checks", ref },
      images: images.map((each) => ({ image: each, reason: expect.any(String) })),
      known: [],
      services: [],
    });
    expect(world.opened).toMatchObject([{ status: "open", environment: "checks", policyHash: "0123" }]);
  });

  test("every image with tests when the input names no base", async () => {
    const { base: _, ...input } = inputOf(1);
    const world = checkWorld(undefined, { files: [] });
    expect(await begin(world, input)).toMatchObject({
      images: [
        { image: "backend", reason: expect.any(String) },
        { image: "frontend", reason: "the input names no base" },
      ],
    });
  });
});

test("refuses a repository that the configuration lacks, and names the remedy", async () => {
  const world = checkWorld();
  const error = await begin(world, { ...inputOf(1), repository: "acme/blog" });
  expect(error).toMatchObject({ name: "RejectedError", code: "CONFIGURATION_MISSING" });
  expect(world.opened).toEqual([]);
});

describe("a newer event", () => {
  test("stops the older check and names the newer commit", async () => {
    const world = checkWorld();
    await begin(world, inputOf(1), executionOf("old"));
    await begin(world, inputOf(2), executionOf("new"));
    expect(world.stopped).toEqual([
      { name: "old", error: "CheckSuperseded", cause: expect.stringContaining(inputOf(2).sha) },
    ]);
  });

  test("planned again stops nothing more", async () => {
    const world = checkWorld();
    await begin(world, inputOf(1), executionOf("old"));
    await begin(world, inputOf(2), executionOf("new"));
    await begin(world, inputOf(2), executionOf("new"));
    expect(world.stopped).toHaveLength(1);
  });

  test("of the same second is the one that was received later, however often each is planned", async () => {
    const world = checkWorld();
    const early = executionOf("early", 1);
    const late = executionOf("late", 2);
    const [one, other] = [inputOf(1, "a".repeat(40)), inputOf(1, "b".repeat(40))];
    await begin(world, other, late);
    expect(await begin(world, one, early)).toMatchObject({ code: "CHECK_SUPERSEDED" });
    expect(await begin(world, other, late)).toMatchObject({ state: "ready" });
  });

  test("can be the closing: older commits are no longer checked, newer ones are", async () => {
    const world = checkWorld();
    await begin(world, inputOf(1), executionOf("old"));
    const { repository, sha, requestedAt } = inputOf(3);
    const closed = { repository, ref, sha, requestedAt, receivedAt: executionOf("").startedAt };
    await closePullRequest(world.ports, closed, configuration.images);
    await closePullRequest(world.ports, closed, configuration.images);
    expect(world.stopped).toMatchObject([{ name: "old", cause: expect.stringContaining("closed") }]);
    expect(await begin(world, inputOf(2))).toMatchObject({ message: expect.stringContaining("was closed") });
    expect(await begin(world, inputOf(4))).toMatchObject({ state: "ready" });
  });

  test("that is older than the commit checked since closes nothing", async () => {
    const world = checkWorld();
    await begin(world, inputOf(2), executionOf("reopened"));
    const { repository, sha, requestedAt } = inputOf(1);
    await closePullRequest(
      world.ports,
      { repository, ref, sha, requestedAt, receivedAt: requestedAt },
      configuration.images,
    );
    expect(world.stopped).toEqual([]);
  });
});

test("an event that claims a time in 200 years does not stop the check of the next commit", async () => {
  const world = checkWorld();
  await begin(world, { ...inputOf(1), requestedAt: "2226-11-20T10:00:00Z" }, executionOf("odd", 1));
  const next = { ...inputOf(2), requestedAt: new Date(Date.UTC(2026, 10, 21, 12, 30, 5)).toISOString() };
  expect(await begin(world, next, executionOf("next", 6000))).toMatchObject({ state: "ready" });
  expect(world.stopped).toMatchObject([{ name: "odd" }]);
});

test("in any order of deliveries, with any failures, every check but the newest ends, and the newest goes on", async () => {
  const seconds = fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      seconds,
      fc.array(fc.boolean(), { maxLength: 20 }),
      async (scheduler, order, faults) => {
        const world = checkWorld(async (call) => {
          await scheduler.schedule(Promise.resolve(), call);
          if (faults.shift() === true) throw new RetryableError("no answer", { code: "AWS_UNAVAILABLE" });
        });
        const inputs = order.map((second) => inputOf(second));
        const outcomes = await scheduler.waitFor(
          Promise.all(inputs.map(async (input) => ({ input, outcome: await begin(world, input) }))),
        );
        const newest = inputOf(Math.max(...order)).sha;
        const stopped = new Set(world.stopped.map(({ name }) => name));
        for (const { input, outcome } of outcomes) {
          const refused = outcome instanceof Error;
          expect(refused || stopped.has(input.sha)).toBe(input.sha !== newest);
        }
        expect(world.stored()).toMatchObject({ latest: { sha: newest }, superseded: [] });
      },
    ),
    { numRuns: 300 },
  );
});
