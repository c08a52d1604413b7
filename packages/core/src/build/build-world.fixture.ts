import { RetryableError } from "../lib/errors.ts";
import type { ObservedBuild } from "./ports.ts";
import type { BuildRecord } from "../ledger/build-record.ts";
import type { SlotWaiter } from "../ledger/build-slots.ts";
import { requestBuild, type BuildPorts } from "./request-build.ts";
import { checkRecipeOf, recipeOf } from "../config/recipe.ts";
import { finishBuild } from "./finish-build.ts";

const image = {
  context: ".",
  dockerfile: "Dockerfile",
  repository: "shop/backend",
  paths: [],
  testTarget: "test",
  platform: "linux/arm64",
  timeoutMinutes: 60,
} as const;
const commit = { repository: "acme/shop", image: "backend", sha: "a".repeat(40) };
export const releaseKey = { ...commit, recipe: recipeOf(image) };
export const checkKey = { ...commit, recipe: checkRecipeOf(image), check: true } as const;
const now = new Date("2026-11-20T10:00:00Z");

/** A fault of StartBuild: none, an answer that is lost before or after the build starts, or a full queue. */
export type Fault = "none" | "before" | "after" | "full";
export type Waiter = { execution: string; redriveCount: number };

/** A ledger, CodeBuild, a registry and the waiters, in memory. `turn` lets other calls go first at every call. */
export function buildWorld(faults: Fault[], turn: (call: string) => Promise<unknown>) {
  const builds: ObservedBuild[] = [];
  const answers = new Map<string, "succeeded" | "failed">();
  const byToken = new Map<string, ObservedBuild>();
  const held = new Set<string>();
  let stored: BuildRecord | undefined;
  const slots = new Map<string, SlotWaiter>();
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
      async buildSlots() {
        await turn("slots");
        return { waiters: Object.fromEntries(slots), turns: {} };
      },
      async waitForSlot(waiter) {
        await turn("wait for slot");
        slots.set(waiter.recipe, waiter);
      },
      async leaveSlots(builds) {
        await turn("leave slots");
        for (const { recipe } of builds) slots.delete(recipe);
      },
    },
    builds: {
      async start({ project, environment, idempotencyToken }) {
        await turn("start");
        const fault = faults.shift() ?? "none";
        if (fault === "before") throw unavailable();
        if (fault === "full") return "full";
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
    logs: { tail: () => Promise.resolve(["no space left on device"]) },
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
    slots,
    stored: () => stored,
    held,
    mostUnderWay: () => mostUnderWay,
    forgetIdempotencyTokens: () => byToken.clear(),
    end(build: ObservedBuild, succeeds: boolean) {
      const digest = `sha256:${String(builds.indexOf(build)).padStart(64, "0")}`;
      build.status = succeeds ? "SUCCEEDED" : "FAILED";
      if (!succeeds) return;
      build.exported = { LOCKMASTER_DIGEST: digest, LOCKMASTER_OUTCOME: "tested" };
      held.add(digest);
    },
  };
}

export type World = ReturnType<typeof buildWorld>;

/**
 * Requests a build as the state machine does: with a new token each time, and again after a RetryableError.
 *
 * @param attempts before the function counts as killed, and the heartbeat must end first
 * @returns the last token
 */
export async function request(
  { ports }: World,
  waiter: Waiter,
  newToken: () => string,
  { attempts = 1, key = releaseKey }: { attempts?: number; key?: typeof releaseKey | typeof checkKey } = {},
): Promise<string> {
  let taskToken = "";
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    taskToken = newToken();
    try {
      const wanted = { ...key, ref: "refs/heads/main", waiter: { ...waiter, taskToken }, now };
      await requestBuild(ports, {
        request: wanted,
        image: { ...image, paths: [] },
        projectPrefix: "lockmaster-",
        rank: "release",
      });
      return taskToken;
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
    }
  }
  return taskToken;
}

/** Delivers as EventBridge does: not at all, once or twice, each up to three times when the function fails. */
export async function deliver({ ports }: World, id: string, times: number): Promise<void> {
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
