import { DescribeTaskDefinitionCommand, DescribeTasksCommand, ListTasksCommand, type Task } from "@aws-sdk/client-ecs";
import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import type { ScenarioInput } from "@lockmaster/local-aws";
import { describe, expect, test } from "vitest";
import { deployChanged } from "./health.fixture.ts";
import { onEveryService, commits, openScenario, reasonOf, statesOf, type Release, type Shop } from "./shop.fixture.ts";

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

const runsForEver = (command: string): TaskRules[number] => ({
  oneOff: command,
  fate: { kind: "exit", afterSeconds: 1_000_000, exitCode: 0, log: ["waiting for a lock"] },
});

const crashes = { kind: "crash" as const, afterSeconds: 3, exitCode: 1, log: [] };

const token = "github_pat_11AAAAAAA0example";

/** The demonstration shop, whose staging runs these tasks. */
function open(tasks: Partial<Configured>, scenario: ScenarioInput = {}): Promise<Shop> {
  return openScenario(scenario, {
    githubCredentials: JSON.stringify({ token }),
    configure(configuration) {
      const staging = configuration.repositories["acme/shop"]?.environments["staging"];
      if (staging === undefined) throw new Error("The demonstration shop has no staging");
      staging.tasks = { before: [], after: [], ...tasks };
      return configuration;
    },
  });
}

/** Tasks that were run by themselves, the oldest first. */
async function ranBy(shop: Shop): Promise<Task[]> {
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

const commandsOf = (tasks: readonly Task[]) =>
  tasks.map(({ overrides }) => overrides?.containerOverrides?.[0]?.command?.join(" "));

async function abort(shop: Shop, { executionArn }: Release): Promise<void> {
  await shop.stepFunctions.send(new StopExecutionCommand({ executionArn, cause: "somebody stopped it" }));
}

/** An essential container beside the service's own. */
const proxy = { name: "proxy", image: "public.ecr.aws/envoy:1", essential: true };

describe("tasks before the rollout", () => {
  test("run with the released image, one after the other, and only then are services changed", async () => {
    const seed = { ...migrate, name: "seed", command: ["./manage", "seed"] };
    const shop = await open({ before: [migrate, seed] });
    const { release, execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));

    const tasks = await ranBy(shop);
    expect(commandsOf(tasks)).toEqual(["./manage migrate", "./manage seed"]);
    expect(tasks.map(({ startedBy }) => startedBy)).toEqual([release.name, release.name]);
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

  test("register no revision beside the one that the service is set to", async () => {
    const shop = await open({ before: [migrate] });
    const revision = async () => {
      const { taskDefinition = "" } = await shop.describeService("backend");
      const answer = await shop.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
      return answer.taskDefinition?.revision ?? 0;
    };
    const before = await revision();
    await shop.release(commits.good);
    expect(await revision()).toBe(before + 1);
    expect((await ranBy(shop))[0]?.taskDefinitionArn).toBe((await shop.describeService("backend")).taskDefinition);
  });

  test.each<[string, TaskRules[number], string, object]>([
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
      runsForEver("migrate"),
      "TASK_DEADLINE_EXCEEDED: backend: task migrate did not end within 15 minutes and is stopped",
      { code: "TASK_DEADLINE_EXCEEDED" },
    ],
    [
      "never finds a place",
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
  ])("keep services from being changed when one %s", async (_, rule, said, evidence) => {
    const shop = await open({ before: [migrate] }, { tasks: [rule] });
    const deployments = (await shop.describeService("backend")).deployments?.map(({ id }) => id);
    const { release, execution } = await shop.release(commits.bad);
    expect(reasonOf(execution)).toContain(said);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    expect((await shop.describeService("backend")).deployments?.map(({ id }) => id)).toEqual(deployments);
    expect(statesOf(execution)).not.toContain("Deploy services");
    expect(await shop.record(release)).toMatchObject({
      status: "rolled-back",
      intents: {},
      tasks: { migrate: { status: "failed" } },
      evidence: [{ service: "backend", ...evidence }],
    });
    await shop.clock.advance(60_000);
    expect((await ranBy(shop)).map(({ lastStatus }) => lastStatus)).not.toContain("RUNNING");
    expect(execution.history.length).toBeLessThan(400);
  });

  test("have not succeeded with 0 if an essential container beside them failed", async () => {
    const shop = await open(
      { before: [migrate] },
      { tasks: [{ oneOff: "migrate", fate: { ...crashes, container: "proxy", exitCode: 2, othersExitCode: 0 } }] },
    );
    await deployChanged(shop, "backend", (container) => [container, proxy]);
    const { release, execution } = await shop.release(commits.good);
    const said = "task migrate ended with code 0, but its essential container proxy exited with code 2";
    expect(reasonOf(execution)).toContain(said);
    expect(await shop.record(release)).toMatchObject({ evidence: [{ code: "TASK_FAILED", container: "proxy" }] });
  });

  test("leave no revision behind that somebody could pick up as the newest", async () => {
    const shop = await open({ before: [migrate] }, { tasks: [exits("migrate", 1)] });
    const { taskDefinition: running = "" } = await shop.describeService("backend");
    await shop.release(commits.bad);
    const family = running.slice(running.lastIndexOf("/") + 1).replace(/:\d+$/, "");
    const { taskDefinition } = await shop.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: family }));
    expect(taskDefinition?.taskDefinitionArn).toBe(running);
  });

  test("wait for a place", async () => {
    const full: TaskRules[number] = {
      oneOff: "migrate",
      times: 3,
      fate: { kind: "no-placement", message: "Capacity is unavailable at this time." },
    };
    const shop = await open({ before: [migrate] }, { tasks: [full] });
    const { execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(commandsOf(await ranBy(shop))).toEqual(["./manage migrate"]);
  });

  test("run again when a redrive follows their failure", async () => {
    const shop = await open({ before: [migrate] }, { tasks: [exits("migrate", 1, { times: 1 })] });
    const { release } = await shop.release(commits.good);
    const execution = await shop.redrive(release);
    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
    expect(commandsOf(await ranBy(shop))).toEqual(["./manage migrate", "./manage migrate"]);
    expect((await shop.record(release)).tasks).toMatchObject({ migrate: { status: "succeeded", run: 2 } });
  });

  test("are not repeated by a redrive once done", async () => {
    const shop = await open(
      { before: [migrate] },
      { tasks: [{ service: "backend", commit: "b", times: 4, fate: crashes }] },
    );
    const { release, execution } = await shop.release(commits.bad);
    expect(reasonOf(execution)).toContain("What these tasks did is not undone: migrate");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.bad));
    expect(commandsOf(await ranBy(shop))).toEqual(["./manage migrate"]);
  });

  test("are not repeated either when nobody could look before the release went back", async () => {
    // Longer than the state machine goes on looking, and shorter than ECS tells of stopped tasks.
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
    expect(commandsOf(await ranBy(shop))).toEqual(["./manage migrate"]);
    expect((await shop.record(release)).tasks).toMatchObject({ migrate: { status: "succeeded", run: 1 } });
  });

  test.each(["reset-before", "reset-after"] as const)(
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
      expect(commandsOf(await ranBy(shop))).toEqual(["./manage migrate"]);
    },
  );

  test("are left out where their service keeps its image; what runs then is tested all the same", async () => {
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
    await shop.release(good);
    await shop.release(better);
    expect(await shop.runningCommits()).toMatchObject({ frontend: [better], backend: [good] });
    const ran = await ranBy(shop);
    expect(commandsOf(ran)).toEqual(["./manage migrate", "./manage smoke-test", "./manage smoke-test"]);
    expect(ran.at(-1)?.taskDefinitionArn).toBe((await shop.describeService("backend")).taskDefinition);
  });
});

describe("tasks after the rollout", () => {
  test("run once everything is healthy, before the release counts as proven", async () => {
    const shop = await open({ after: [smoke] });
    const { release, execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    const states = statesOf(execution);
    expect(states.indexOf("Run tasks after deployment")).toBeGreaterThan(states.lastIndexOf("Check health"));
    const [task] = await ranBy(shop);
    expect(task?.taskDefinitionArn).toBe((await shop.describeService("backend")).taskDefinition);
    expect(await shop.record(release)).toMatchObject({
      status: "succeeded",
      tasks: { smoke: { when: "after", status: "succeeded" } },
    });
  });

  test("take everything back when one fails, and run again with what is deployed anew", async () => {
    const shop = await open({ before: [migrate], after: [smoke] }, { tasks: [exits("smoke", 2, { times: 1 })] });
    const { release, execution } = await shop.release(commits.bad);
    expect(reasonOf(execution)).toMatch(
      /^RolloutFailedError: TASK_FAILED: task smoke exited with code 2: no such column: price\. Rolled back: /,
    );
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    expect(await shop.record(release)).toMatchObject({ status: "rolled-back" });
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    expect(commandsOf(await ranBy(shop))).toEqual(["./manage migrate", "./manage smoke-test", "./manage smoke-test"]);
  });
});

describe("an execution that is stopped", () => {
  test.each(["before", "after"] as const)("ends the task that it runs %s the rollout", async (when) => {
    const shop = await open(when === "before" ? { before: [migrate] } : { after: [smoke] }, {
      tasks: [runsForEver("manage")],
    });
    const release = await shop.startRelease(commits.bad);
    await shop.waitForState(release, `Wait for tasks ${when} deployment`);
    await shop.clock.advance(60_000);
    expect((await ranBy(shop)).map(({ desiredStatus }) => desiredStatus)).toEqual(["RUNNING"]);
    await abort(shop, release);
    await shop.clock.advance(15 * 60_000);
    expect((await ranBy(shop)).map(({ lastStatus }) => lastStatus)).toEqual(["STOPPED"]);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    const name = when === "before" ? "migrate" : "smoke";
    expect((await shop.record(release)).tasks?.[name]).toMatchObject({ status: "stopped" });
  });

  test.each<[string, NonNullable<ScenarioInput["faults"]>]>([
    ["being started", []],
    ["started late", [{ function: "run-task", service: "ecs", operation: "RunTask", kind: "late" }]],
    ["started unseen", [{ function: "run-task", service: "ecs", operation: "RunTask", kind: "kill-after" }]],
  ])("leaves no task behind that was just %s", async (_, faults) => {
    const shop = await open({ before: [migrate] }, { tasks: [runsForEver("manage")], faults });
    const release = await shop.startRelease(commits.bad);
    await shop.waitForState(release, "Run tasks before deployment");
    await abort(shop, release);
    await shop.clock.advance(30 * 60_000);
    expect((await ranBy(shop)).map(({ lastStatus }) => lastStatus)).not.toContain("RUNNING");
    expect((await shop.record(release)).tasks?.["migrate"]?.status ?? "stopped").toBe("stopped");
    const { holder, dirty } = await shop.rehearsal.ledger.lock({ repository: "acme/shop", environment: "staging" });
    expect({ holder, dirty }).toEqual({ holder: undefined, dirty: false });
  });
});
