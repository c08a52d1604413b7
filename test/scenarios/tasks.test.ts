import { DescribeTaskDefinitionCommand, DescribeTasksCommand, ListTasksCommand, type Task } from "@aws-sdk/client-ecs";
import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import type { ScenarioInput } from "@lockmaster/local-aws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployChanged } from "./health.fixture.ts";
import { moveToInstances } from "./instances.fixture.ts";
import {
  commits,
  onEveryService,
  openScenario,
  openShop,
  reasonOf,
  statesOf,
  type Release,
  type Shop,
} from "./shop.fixture.ts";

type TaskRules = NonNullable<ScenarioInput["tasks"]>;
type Configured = EnvironmentConfiguration["tasks"];

const migrate = {
  name: "migrate",
  service: "backend",
  container: "api",
  command: ["./manage", "migrate"],
  deadlineMinutes: 15,
};
const smoke = { ...migrate, name: "smoke", command: ["./manage", "smoke-test"] };

function exits(
  command: string,
  exitCode: number | undefined,
  more: Partial<TaskRules[number]> = {},
): TaskRules[number] {
  const log = exitCode === 0 ? [] : ["connecting", "no such column: price"];
  const fate = { kind: "exit", afterSeconds: 5, log, ...(exitCode !== undefined && { exitCode }) } as const;
  return { oneOff: command, fate, ...more };
}

const neverEnds = (command: string): TaskRules[number] => ({
  oneOff: command,
  fate: { kind: "exit", afterSeconds: 1_000_000, exitCode: 0, log: ["waiting for a lock"] },
});

const crashes = { kind: "crash" as const, afterSeconds: 3, exitCode: 1, log: [] };

const token = "github_pat_11AAAAAAA0example";

/** The demonstration shop, whose staging runs these tasks. @param how `openShop` for a shop that tests share */
function open(tasks: Partial<Configured>, scenario: ScenarioInput = {}, how = openScenario): Promise<Shop> {
  return how(scenario, {
    githubCredentials: JSON.stringify({ token }),
    configure(configuration) {
      const staging = configuration.repositories["acme/shop"]?.environments["staging"];
      if (staging === undefined) throw new Error("The demonstration shop has no staging");
      staging.tasks = { before: [], after: [], ...tasks };
      return configuration;
    },
  });
}

/** Tasks that are not of a service, oldest first. */
async function oneOffTasks(shop: Shop): Promise<Task[]> {
  const { cluster } = shop.environment;
  const listed = await Promise.all(
    (["RUNNING", "STOPPED"] as const).map((desiredStatus) =>
      shop.ecs.send(new ListTasksCommand({ cluster, desiredStatus })),
    ),
  );
  const arns = listed.flatMap(({ taskArns = [] }) => taskArns);
  const { tasks = [] } = await shop.ecs.send(new DescribeTasksCommand({ cluster, tasks: arns }));
  return tasks
    .filter(({ group }) => group?.startsWith("family:"))
    .sort((a, b) => (a.createdAt?.getTime() ?? 0) - (b.createdAt?.getTime() ?? 0));
}

/** The revision of the task definition that a service is set to. */
async function revisionOf(shop: Shop, service: string): Promise<number> {
  const { taskDefinition } = await shop.describeService(service);
  const answer = await shop.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
  return answer.taskDefinition?.revision ?? 0;
}

const commandsOf = (tasks: readonly Task[]) =>
  tasks.map(({ overrides }) => overrides?.containerOverrides?.[0]?.command?.join(" "));

async function abort(shop: Shop, { executionArn }: Release): Promise<void> {
  await shop.stepFunctions.send(new StopExecutionCommand({ executionArn, cause: "stopped by an operator" }));
}

/** An essential container beside the service's own. */
const proxy = { name: "proxy", image: "public.ecr.aws/envoy:1", essential: true };

describe("tasks before the rollout", () => {
  test("run with the released image, one after the other, before any service is changed", async () => {
    const seed = { ...migrate, name: "seed", command: ["./manage", "seed"] };
    const shop = await open({ before: [migrate, seed] });
    const before = await revisionOf(shop, "backend");
    const { release, execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));

    const tasks = await oneOffTasks(shop);
    expect(commandsOf(tasks)).toEqual(["./manage migrate", "./manage seed"]);
    expect(tasks.map(({ startedBy }) => startedBy)).toEqual([release.name, release.name]);
    // With the revision that the service is set to afterwards: they register no other one.
    expect(await revisionOf(shop, "backend")).toBe(before + 1);
    const { taskDefinition } = await shop.describeService("backend");
    expect(tasks.map((task) => task.taskDefinitionArn)).toEqual([taskDefinition, taskDefinition]);
    const [first, second] = tasks;
    expect(second?.createdAt?.getTime()).toBeGreaterThanOrEqual(first?.stoppedAt?.getTime() ?? Infinity);

    const record = await shop.record(release);
    const deployedAt = Object.values(record.intents ?? {}).map(({ at }) => Date.parse(at));
    expect(Math.min(...deployedAt)).toBeGreaterThanOrEqual(second?.executionStoppedAt?.getTime() ?? Infinity);
    expect(record.tasks).toMatchObject({
      migrate: { status: "succeeded", exitCode: 0, taskArn: first?.taskArn, run: 1 },
      seed: { status: "succeeded", exitCode: 0, taskArn: second?.taskArn, run: 1 },
    });
  });

  describe("prevent every change of a service", () => {
    const failing: readonly [what: string, rule: TaskRules[number], said: string, evidence: object][] = [
      [
        "exits with another code than 0",
        exits("migrate", 1),
        "RolloutFailedError: TASK_FAILED: backend: task migrate exited with code 1: no such column: price. No service was changed. What these tasks did is not undone: migrate. Push a fix, or redrive to try this release again.",
        { code: "TASK_FAILED", exitCode: 1, logLines: ["connecting", "no such column: price"] },
      ],
      [
        "ends without a code",
        exits("migrate", undefined),
        "TASK_FAILED: backend: task migrate ended without an exit code",
        { code: "TASK_FAILED", stopCode: "EssentialContainerExited" },
      ],
      [
        "cannot pull its image",
        { oneOff: "migrate", fate: { kind: "cannot-pull", message: "no route" } },
        "TASK_FAILED: backend: task migrate ended without an exit code (CannotPullContainerError: no route)",
        { stopCode: "TaskFailedToStart" },
      ],
      [
        "does not end in time",
        neverEnds("migrate"),
        "TASK_DEADLINE_EXCEEDED: backend: task migrate did not end within 15 minutes and is stopped",
        { code: "TASK_DEADLINE_EXCEEDED" },
      ],
      [
        "never gets capacity",
        { oneOff: "migrate", fate: { kind: "no-placement", message: "Capacity is unavailable at this time." } },
        "TASK_NOT_STARTED: backend: task migrate could not be started: Capacity is unavailable at this time.",
        { code: "TASK_NOT_STARTED" },
      ],
      [
        "is refused by ECS",
        { oneOff: "migrate", fate: { kind: "no-placement", message: "ATTRIBUTE" } },
        "TASK_NOT_STARTED: backend: task migrate could not be started: ATTRIBUTE",
        { code: "TASK_NOT_STARTED" },
      ],
    ];
    const rows = failing.map(([what, rule, said, evidence], index) => ({
      what,
      rule,
      said,
      evidence,
      sha: `b${index}`.repeat(20),
    }));
    let shop: Shop;
    beforeAll(async () => {
      shop = await open(
        { before: [migrate] },
        { tasks: rows.map(({ rule, sha }) => ({ ...rule, commit: sha })) },
        openShop,
      );
    });
    afterAll(() => shop.close());

    test.each(rows)("when one $what", async ({ said, evidence, sha }) => {
      const { taskDefinition: running = "", deployments: before = [] } = await shop.describeService("backend");
      const { release, execution } = await shop.release(sha);
      expect(reasonOf(execution)).toContain(said);
      expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
      const { deployments: after = [] } = await shop.describeService("backend");
      expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
      expect(statesOf(execution)).not.toContain("Deploy services");
      expect(await shop.record(release)).toMatchObject({
        status: "rolled-back",
        intents: {},
        tasks: { migrate: { status: "failed" } },
        evidence: [{ service: "backend", ...evidence }],
      });
      await shop.clock.advance(60_000);
      expect((await oneOffTasks(shop)).map(({ lastStatus }) => lastStatus)).not.toContain("RUNNING");
      expect(execution.history.length).toBeLessThan(400);

      // The revision of the task is not left behind as the newest of its family.
      const family = running.slice(running.lastIndexOf("/") + 1).replace(/:\d+$/, "");
      const newest = await shop.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: family }));
      expect(newest.taskDefinition?.taskDefinitionArn).toBe(running);
    });
  });

  test("have not succeeded with 0 if an essential container beside them failed", async () => {
    const fate = { kind: "exit", container: "proxy", afterSeconds: 5, exitCode: 2, othersExitCode: 0 } as const;
    const shop = await open({ before: [migrate] }, { tasks: [{ oneOff: "migrate", fate }] });
    await deployChanged(shop, "backend", (container) => [container, proxy]);
    const { release, execution } = await shop.release(commits.good);
    const said = "task migrate ended with code 0, but its essential container proxy exited with code 2";
    expect(reasonOf(execution)).toContain(said);
    expect(await shop.record(release)).toMatchObject({ evidence: [{ code: "TASK_FAILED", container: "proxy" }] });
  });

  test("name the place of the log lines if the container logs through FireLens", async () => {
    const shop = await open({ before: [migrate] }, { tasks: [exits("migrate", 1)] });
    await deployChanged(shop, "backend", (container) => ({
      ...container,
      logConfiguration: { logDriver: "awsfirelens", options: { Name: "datadog" } },
    }));
    const { release, execution } = await shop.release(commits.good);
    const location = "the container api logs through FireLens (awsfirelens) to Name datadog";
    expect(reasonOf(execution)).toContain(`exited with code 1 (no log lines here: ${location})`);
    expect(await shop.record(release)).toMatchObject({ evidence: [{ logLocation: location }] });
  });

  test("run where the tasks of their service run, with the same tags", async () => {
    const shop = await open({ before: [migrate] }, { containerInstances: { "shop-staging": 2 } });
    const tags = [{ key: "team", value: "shop" }];
    await moveToInstances(shop, { desiredCount: 1, hostPort: 80, propagateTags: "SERVICE", tags });
    expect((await shop.release(commits.good)).execution.status).toBe("SUCCEEDED");
    const { cluster } = shop.environment;
    const [{ taskArn = "" } = {}] = await oneOffTasks(shop);
    const described = new DescribeTasksCommand({ cluster, tasks: [taskArn], include: ["TAGS"] });
    const { tasks } = await shop.ecs.send(described);
    expect(tasks).toMatchObject([{ launchType: "EC2", containerInstanceArn: expect.stringContaining(cluster), tags }]);
  });

  test("wait for capacity", async () => {
    const full: TaskRules[number] = {
      oneOff: "migrate",
      times: 3,
      fate: { kind: "no-placement", message: "Capacity is unavailable at this time." },
    };
    const shop = await open({ before: [migrate] }, { tasks: [full] });
    const { execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(commandsOf(await oneOffTasks(shop))).toEqual(["./manage migrate"]);
  });

  test("run again in a Redrive after their failure", async () => {
    const shop = await open({ before: [migrate] }, { tasks: [exits("migrate", 1, { times: 1 })] });
    const { release } = await shop.release(commits.good);
    const execution = await shop.redrive(release);
    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
    expect(commandsOf(await oneOffTasks(shop))).toEqual(["./manage migrate", "./manage migrate"]);
    expect((await shop.record(release)).tasks).toMatchObject({ migrate: { status: "succeeded", run: 2 } });
  });

  test("are not repeated by a Redrive once they have succeeded", async () => {
    const shop = await open(
      { before: [migrate] },
      { tasks: [{ service: "backend", commit: "b", times: 4, fate: crashes }] },
    );
    const { release, execution } = await shop.release(commits.bad);
    expect(reasonOf(execution)).toContain("What these tasks did is not undone: migrate");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.bad));
    expect(commandsOf(await oneOffTasks(shop))).toEqual(["./manage migrate"]);
  });

  test("are not repeated by a Redrive after an outage of ECS during which they succeeded", async () => {
    // Longer than the state machine polls, and shorter than ECS describes stopped tasks.
    const outageMinutes = 40;
    const shop = await open(
      { before: [migrate] },
      {
        faults: [
          {
            function: "run-task",
            service: "ecs",
            operation: "DescribeTasks",
            kind: "error500",
            strength: "outage",
            outageSeconds: outageMinutes * 60,
          },
        ],
      },
    );
    const { release, execution } = await shop.release(commits.good);
    expect(reasonOf(execution)).toContain("AWS_UNAVAILABLE");
    expect((await shop.record(release)).tasks).toMatchObject({ migrate: { status: "stopped" } });
    await shop.clock.advance(outageMinutes * 60_000);
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    expect(commandsOf(await oneOffTasks(shop))).toEqual(["./manage migrate"]);
    expect((await shop.record(release)).tasks).toMatchObject({ migrate: { status: "succeeded", run: 1 } });
  });

  test.each(["reset-before", "reset-after", "unreadable"] as const)(
    "are started once, although the answer to RunTask is lost (%s)",
    async (kind) => {
      const shop = await open(
        { before: [migrate] },
        {
          faults: [
            { function: "run-task", service: "ecs", operation: "RunTask", occurrence: 1, kind, strength: "exhausted" },
          ],
        },
      );
      const { execution } = await shop.release(commits.good);
      expect(execution.status).toBe("SUCCEEDED");
      expect(commandsOf(await oneOffTasks(shop))).toEqual(["./manage migrate"]);
    },
  );
});

describe("tasks after the rollout", () => {
  test("run once everything is healthy, also when the tasks before are skipped because their service keeps its image", async () => {
    const { first, good, better } = commits;
    const repository = "acme/shop";
    const shop = await open(
      { before: [migrate], after: [smoke] },
      {
        github: {
          tokens: [{ token, repositories: [repository] }],
          commits: [
            { repository, sha: first, files: ["frontend/index.html", "backend/main.go"] },
            { repository, sha: good, parent: first, files: ["backend/main.go"] },
            { repository, sha: better, parent: good, files: ["frontend/index.html"] },
          ],
        },
      },
    );
    const { release, execution } = await shop.release(good);
    expect(execution.status).toBe("SUCCEEDED");
    const states = statesOf(execution);
    expect(states.indexOf("Run tasks after deployment")).toBeGreaterThan(states.lastIndexOf("Check health"));
    expect(await shop.record(release)).toMatchObject({
      status: "succeeded",
      tasks: { smoke: { when: "after", status: "succeeded" } },
    });
    await shop.release(better);
    expect(await shop.runningCommits()).toMatchObject({ frontend: [better], backend: [good] });
    const ran = await oneOffTasks(shop);
    expect(commandsOf(ran)).toEqual(["./manage migrate", "./manage smoke-test", "./manage smoke-test"]);
    expect(ran.at(-1)?.taskDefinitionArn).toBe((await shop.describeService("backend")).taskDefinition);
  });

  test("roll all services back when one fails, and run again after the Redrive has deployed again", async () => {
    const shop = await open({ before: [migrate], after: [smoke] }, { tasks: [exits("smoke", 2, { times: 1 })] });
    const { release, execution } = await shop.release(commits.bad);
    expect(reasonOf(execution)).toMatch(
      /^RolloutFailedError: TASK_FAILED: task smoke exited with code 2: no such column: price\. Rolled back: /,
    );
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    expect(await shop.record(release)).toMatchObject({ status: "rolled-back" });
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    expect(commandsOf(await oneOffTasks(shop))).toEqual([
      "./manage migrate",
      "./manage smoke-test",
      "./manage smoke-test",
    ]);
  });
});

describe("an execution that is stopped", () => {
  test.each(["before", "after"] as const)("ends the task that it runs %s the rollout", async (when) => {
    const shop = await open(when === "before" ? { before: [migrate] } : { after: [smoke] }, {
      tasks: [neverEnds("manage")],
    });
    const release = await shop.startRelease(commits.bad);
    await shop.waitForState(release, `Wait for tasks ${when} deployment`);
    await shop.clock.advance(60_000);
    expect((await oneOffTasks(shop)).map(({ desiredStatus }) => desiredStatus)).toEqual(["RUNNING"]);
    await abort(shop, release);
    await shop.clock.advance(15 * 60_000);
    expect((await oneOffTasks(shop)).map(({ lastStatus }) => lastStatus)).toEqual(["STOPPED"]);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    const name = when === "before" ? "migrate" : "smoke";
    expect((await shop.record(release)).tasks?.[name]).toMatchObject({ status: "stopped" });
  });

  test.each<[string, NonNullable<ScenarioInput["faults"]>]>([
    ["being started", []],
    ["started late", [{ function: "run-task", service: "ecs", operation: "RunTask", kind: "late" }]],
    ["started without an answer", [{ function: "run-task", service: "ecs", operation: "RunTask", kind: "kill-after" }]],
  ])("leaves no task running that was just %s", async (_, faults) => {
    const shop = await open({ before: [migrate] }, { tasks: [neverEnds("manage")], faults });
    const release = await shop.startRelease(commits.bad);
    await shop.waitForState(release, "Run tasks before deployment");
    await abort(shop, release);
    await shop.clock.advance(30 * 60_000);
    expect((await oneOffTasks(shop)).map(({ lastStatus }) => lastStatus)).not.toContain("RUNNING");
    expect((await shop.record(release)).tasks?.["migrate"]?.status ?? "stopped").toBe("stopped");
    const { holder, dirty } = await shop.rehearsal.ledger.lock({ repository: "acme/shop", environment: "staging" });
    expect({ holder, dirty }).toEqual({ holder: undefined, dirty: false });
  });
});
