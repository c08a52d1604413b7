import type { Story, StoryPart } from "@lockmaster/rehearsal/story/story.ts";
import { Story as StorySchema } from "@lockmaster/rehearsal/story/story.ts";
import { firstCommit } from "@lockmaster/rehearsal/shop/shop.ts";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import * as v from "valibot";

/** A story whose last part is walked: every fault is injected into every call of it. */
export type Walk = {
  name: string;
  story: Story;
  /** Environments that it needs; others are not installed, to start faster. */
  environments: readonly string[];
  /** One-off tasks of every environment. */
  tasks?: EnvironmentConfiguration["tasks"];
  /** In a pair: the second event, during the last part, and its expected result. The last part may be stopped before it. */
  second?: { on: StoryPart["on"]; expect: StoryPart["expect"]; stopsFirst?: true } | undefined;
  /** Whether the configuration changes at every state, instead of a fault at every call. */
  reconfigured?: true;
  /** Functions whose calls and invocations are walked, if another walk covers the rest; all if absent. */
  functions?: readonly string[];
  /** State of the last part from which the walk starts, if another walk covers the states before; its beginning if absent. */
  from?: string;
};

const repository = "acme/shop";
const good = "900d".padEnd(40, "0");
const better = "be77".padEnd(40, "0");
const docs = "d0c5".padEnd(40, "0");
const vulnerable = "badc".padEnd(40, "0");
const crashing = "c0de".padEnd(40, "0");
const sick = "51c4".padEnd(40, "0");

const push = (sha: string, expect: StoryPart["expect"]) => ({
  title: `push of ${sha.slice(0, 4)}`,
  on: { event: "push", branch: "main", sha, message: "A change" } as const,
  expect,
});
const tag = (sha: string, expect: StoryPart["expect"]) => ({
  title: "tag v1.0.0",
  on: { event: "tag", tag: "v1.0.0", sha, message: "A change" } as const,
  expect,
});
const back = { event: "rollback", environment: "staging", to: "previous" } as const;
const task = (name: string) => ({
  name,
  service: "backend",
  container: "api",
  command: ["./manage", name],
  deadlineMinutes: 15,
});
const tasks = { before: [task("migrate")], after: [task("smoke-test")] };
const withTasks = { tasks, functions: ["run-task", "finish-release", "recover", "reconcile"] };
const fails = (oneOff: string) => ({
  oneOff,
  fate: { kind: "exit" as const, afterSeconds: 5, exitCode: 1, log: ["no such column: price"] },
});
const finding = { id: "CVE-2026-1", severity: "CRITICAL", package: "openssl", fixedVersion: "3.0.17" } as const;
const waiver = { id: finding.id, images: ["backend"], owner: "octocat", reason: "not reachable", days: 30 };

const inputs: (Omit<Walk, "story"> & { story: v.InferInput<typeof StorySchema> })[] = [
  { name: "success", environments: ["staging"], story: { story: [push(good, "succeeded")] } },
  {
    name: "promotion",
    environments: ["staging", "production"],
    story: {
      story: [push(good, "succeeded"), tag(good, "succeeded")],
    },
  },
  {
    name: "refused",
    environments: ["staging"],
    from: "Judge images",
    story: {
      scans: [{ repository: "shop/backend", commit: vulnerable, findings: [finding] }],
      story: [push(vulnerable, "refused")],
    },
  },
  {
    name: "redriven",
    environments: ["staging"],
    functions: ["check-image", "check-scan", "acquire-lock", "snapshot-services", "finish-release", "recover"],
    from: "Judge images",
    story: {
      scans: [{ repository: "shop/backend", commit: vulnerable, findings: [finding] }],
      story: [{ ...push(vulnerable, "refused"), operator: { waive: [waiver], expect: "succeeded" } }],
    },
  },
  {
    name: "crash",
    environments: ["staging"],
    from: "Check health",
    story: {
      tasks: [
        {
          service: "backend",
          commit: crashing,
          fate: { kind: "crash", afterSeconds: 4, exitCode: 1, log: ["Error: DATABASE_URL is not set"] },
        },
      ],
      story: [push(crashing, "rolled-back")],
    },
  },
  {
    name: "ecs-rollback",
    environments: ["staging"],
    from: "Check health",
    story: {
      tasks: [{ service: "backend", commit: sick, fate: { kind: "unhealthy" } }],
      story: [push(sick, "rolled-back")],
    },
  },
  {
    name: "docs-only",
    environments: ["staging"],
    story: {
      github: {
        tokens: [{ token: "github_pat_11AAAAAAA0example", repositories: [repository] }],
        commits: [
          { repository, sha: firstCommit, files: ["frontend/index.html"] },
          { repository, sha: good, parent: firstCommit, files: ["backend/main.go"] },
          { repository, sha: docs, parent: good, files: ["docs/guide.md"] },
        ],
      },
      story: [push(good, "succeeded"), push(docs, "succeeded")],
    },
  },
  {
    name: "check",
    environments: ["staging"],
    story: {
      story: [
        {
          title: "pull request #7",
          on: { event: "pull_request", number: 7, branch: "change", sha: good, base: firstCommit, message: "A change" },
          expect: "checked",
        },
      ],
    },
  },
  {
    name: "rollback",
    environments: ["staging"],
    story: {
      story: [push(good, "succeeded"), push(better, "succeeded"), { title: "rollback", on: back, expect: "succeeded" }],
    },
  },
  {
    name: "tasks",
    environments: ["staging"],
    ...withTasks,
    from: "Acquire lock",
    story: { story: [push(good, "succeeded")] },
  },
  {
    name: "migration-fails",
    environments: ["staging"],
    ...withTasks,
    from: "Run tasks before deployment",
    story: { tasks: [fails("migrate")], story: [push(good, "rolled-back")] },
  },
  {
    name: "smoke-test-fails",
    environments: ["staging"],
    ...withTasks,
    from: "Run tasks after deployment",
    story: { tasks: [fails("smoke-test")], story: [push(good, "rolled-back")] },
  },
  {
    name: "reconfigured",
    environments: ["staging"],
    reconfigured: true,
    story: { story: [push(good, "succeeded"), push(better, "succeeded")] },
  },
  {
    name: "reconfigured-crash",
    environments: ["staging"],
    reconfigured: true,
    from: "Judge images",
    story: {
      tasks: [{ service: "backend", commit: crashing, fate: { kind: "crash", afterSeconds: 4, exitCode: 1, log: [] } }],
      story: [push(crashing, "rolled-back")],
    },
  },
  {
    name: "push+push",
    environments: ["staging"],
    story: { story: [push(good, "succeeded")] },
    second: { on: push(better, "succeeded").on, expect: "succeeded" },
  },
  {
    name: "push+promote",
    environments: ["staging", "production"],
    story: { story: [push(good, "succeeded")] },
    second: { on: tag(good, "succeeded").on, expect: "succeeded" },
  },
  {
    name: "push+rollback",
    environments: ["staging"],
    story: { story: [push(good, "succeeded"), push(docs, "succeeded"), push(better, "succeeded")] },
    second: { on: back, expect: "succeeded" },
  },
  {
    name: "push+abort",
    environments: ["staging"],
    story: { story: [push(good, "succeeded")] },
    second: { on: push(better, "succeeded").on, expect: "succeeded", stopsFirst: true },
  },
];

export const walks: readonly Walk[] = inputs.map((walk) => ({ ...walk, story: v.parse(StorySchema, walk.story) }));

export function walkOf(name: string): Walk {
  const walk = walks.find((one) => one.name === name);
  if (walk === undefined) throw new Error(`There is no walk ${name}.`);
  return walk;
}
