import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Installation } from "@lockmaster/core/config/installation.ts";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const folder = fileURLToPath(new URL("../../.github/workflows/", import.meta.url));

const Permissions = v.record(v.string(), v.picklist(["read", "write", "none"]));
const Step = v.object({
  uses: v.optional(v.string()),
  run: v.optional(v.string()),
  with: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])), {}),
});
/** A job declares its permissions and its timeout. */
const Job = v.object({
  "runs-on": v.string(),
  "timeout-minutes": v.number(),
  permissions: Permissions,
  if: v.optional(v.string()),
  needs: v.optional(v.string()),
  steps: v.array(Step),
});
const Workflow = v.object({
  on: v.record(v.string(), v.unknown()),
  permissions: v.strictObject({}),
  concurrency: v.object({ group: v.string(), "cancel-in-progress": v.union([v.boolean(), v.string()]) }),
  jobs: v.record(v.string(), Job),
});

const workflows = readdirSync(folder).map((file) => {
  const text = readFileSync(`${folder}${file}`, "utf8");
  const workflow = v.parse(Workflow, parse(text));
  return { file, text, workflow, jobs: Object.values(workflow.jobs) };
});
type Read = (typeof workflows)[number];

function workflowIn(name: string): Read {
  const found = workflows.find(({ file }) => file === name);
  if (found === undefined) throw new Error(`There is no ${name}`);
  return found;
}

const ci = workflowIn("ci.yml");
const deploy = workflowIn("deploy.yml");
const commands = ({ jobs }: Read) => jobs.flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));

describe.each(workflows)("$file", ({ text, jobs }) => {
  test("uses each action by its commit, with the version beside it", () => {
    const uses = [...text.matchAll(/uses: (.*)/g)].map(([, action = ""]) => action);
    expect(uses.length).toBeGreaterThan(0);
    for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test("has no key, and the checkout keeps no token", () => {
    expect(text).not.toMatch(/secrets\.|aws-access-key-id|AWS_SECRET/i);
    for (const { steps } of jobs) {
      const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
      for (const checkout of checkouts) expect(checkout.with["persist-credentials"]).toBe(false);
    }
  });

  test("passes no expression to a shell", () => {
    for (const { steps } of jobs) for (const { run = "" } of steps) expect(run).not.toContain("${{");
  });

  test("is never triggered by pull_request_target", () => {
    expect(text).not.toContain("pull_request_target");
  });
});

test("CI runs the same commands as a developer, with read permission only", () => {
  expect(commands(ci)).toEqual(["npm ci", ".ci/run"]);
  expect(ci.jobs.map(({ permissions }) => permissions)).toEqual([{ contents: "read" }]);
});

test("only the deployment job can request the role, after the checks of another job, and on the branch that the role trusts", () => {
  const { deployer } = v.parse(Installation, { deployer: { repository: "acme/lockmaster" } });
  const branch = deployer?.branch ?? "";
  const { check, deploy: deploying, ...others } = deploy.workflow.jobs;
  const commandsOf = (job: typeof check) => job?.steps.flatMap(({ run }) => run ?? []);
  expect(others).toEqual({});
  expect(deploy.workflow.on).toMatchObject({ push: { branches: [branch] } });
  expect(check?.if).toContain(`github.ref == 'refs/heads/${branch}'`);
  expect(check?.permissions).toEqual({ contents: "read" });
  expect(commandsOf(check)).toEqual(["npm ci", ".ci/run"]);
  // A job whose need was skipped is skipped, unless its own condition says otherwise.
  expect(deploying).toMatchObject({ needs: "check", permissions: { contents: "read", "id-token": "write" } });
  expect(deploying?.if).toBeUndefined();
  expect(commandsOf(deploying)).toEqual([
    "npm ci",
    'npm run lockmaster -- check-deployment --table "lockmaster-$STAGE-ledger"',
    'npx sst deploy --stage "$STAGE"',
  ]);
  expect(deploy.workflow.concurrency["cancel-in-progress"]).toBe(false);
});
