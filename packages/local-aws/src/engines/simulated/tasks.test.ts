import { describe, expect, it } from "vitest";
import { randomSequence } from "../../world/random.ts";
import type { TaskRule } from "../../scenario/scenario.ts";
import { virtualClock } from "../../clock/virtual-clock.ts";
import type { StoredImage, TaskEvent, TaskSpec } from "../engine.ts";
import { simulatedTasks } from "./tasks.ts";

const registry = "111122223333.dkr.ecr.us-east-1.amazonaws.com";
const stored: StoredImage = {
  repository: "shop/web",
  digest: `sha256:${"a".repeat(64)}`,
  tags: ["v1"],
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  sizeBytes: 1,
  pushedAt: 0,
  revision: "cafe0123",
};

function fixture(rules: readonly TaskRule[] = []) {
  const clock = virtualClock();
  const logged: unknown[] = [];
  const alarms: string[] = [];
  const engine = simulatedTasks({
    clock,
    random: randomSequence(1),
    log: (...line) => logged.push(line),
    images: {
      find: (repository, reference) =>
        repository === stored.repository && [stored.digest, ...stored.tags].includes(reference) ? stored : undefined,
      push: () => stored,
      recordPull: () => undefined,
    },
    rules,
    signals: {
      raise(name) {
        alarms.push(`${name} is raised`);
        return () => alarms.push(`${name} is cleared`);
      },
    },
  });
  /** The events of a task within ten minutes, with their times. */
  const run = async (image = `${registry}/shop/web:v1`, service = "web") => {
    const events: { seconds: number; event: TaskEvent }[] = [];
    const began = clock.now();
    const container = { name: "app", image, essential: true, logGroup: "/shop", logStream: "ecs/app/1" };
    const spec: TaskSpec = { taskArn: "arn", cluster: "shop", service, containers: [container] };
    engine.start(spec, (event) => events.push({ seconds: (clock.now() - began) / 1000, event }));
    await clock.advance(600_000);
    return events;
  };
  return { alarms, clock, engine, logged, run };
}

function types(events: readonly { event: TaskEvent }[]): string[] {
  return events.map(({ event }) => event.type);
}

describe("a simulated task", () => {
  it("starts and becomes healthy after about thirty seconds without a rule", async () => {
    const events = await fixture().run();
    expect(types(events)).toEqual(["provisioned", "pulled", "running", "health"]);
    expect(events[1]?.event).toEqual({ type: "pulled", digests: { app: stored.digest } });
    expect(events[2]?.seconds).toBeGreaterThan(15);
    expect(events[3]?.seconds).toBeLessThan(40);
  });

  it("takes exactly the time of its rule", async () => {
    const events = await fixture([{ startSeconds: 8, healthySeconds: 4 }]).run();
    expect(events.map(({ seconds }) => seconds)).toEqual([3.2, 7.2, 8, 12]);
  });

  it("cannot pull an image that its registry does not have", async () => {
    const image = `${registry}/shop/web:v2`;
    const events = await fixture().run(image);
    expect(events.at(-1)?.event).toEqual({
      type: "stopped",
      stopCode: "TaskFailedToStart",
      stoppedReason: `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: ${image}: not found`,
      containers: [],
    });
  });

  it("always finds images of other registries, with the same digest", async () => {
    const { run } = fixture();
    const [one, other] = [await run("public.ecr.aws/nginx:1"), await run("public.ecr.aws/nginx:1")];
    expect(one[1]?.event).toMatchObject({ type: "pulled", digests: { app: expect.stringMatching(/^sha256:/) } });
    expect(one[1]?.event).toEqual(other[1]?.event);
  });

  it("writes its log before it crashes, and nothing afterwards", async () => {
    const rule: TaskRule = { fate: { kind: "crash", afterSeconds: 3, exitCode: 2, log: ["no database"] } };
    const { logged, run } = fixture([rule]);
    expect(types(await run())).toEqual(["provisioned", "pulled", "running", "stopped"]);
    expect(logged).toEqual([["/shop", "ecs/app/1", ["no database"]]]);
  });

  it("reports no event after it was stopped", async () => {
    const { clock, engine } = fixture();
    const events: TaskEvent[] = [];
    let ends: unknown;
    const containers = [{ name: "app", image: `${registry}/shop/web:v1`, essential: true }];
    const task = engine.start({ taskArn: "arn", cluster: "shop", service: "web", containers }, (event) =>
      events.push(event),
    );
    task.stop((containers) => (ends = containers));
    await clock.advance(600_000);
    expect(events).toEqual([]);
    expect(ends).toEqual([{ name: "app", exitCode: 0 }]);
  });
});

describe("a running simulated task", () => {
  const spec: TaskSpec = { taskArn: "arn", cluster: "shop", service: "web", containers: [] };
  const container = { name: "app", image: `${registry}/shop/web:v1`, essential: true };

  it("answers with the commit that it was built from, or with the answer of its rule", async () => {
    const start = (rules: TaskRule[]) => fixture(rules).engine.start({ ...spec, containers: [container] }, () => {});
    expect(await start([]).respond()).toEqual({ status: 200, body: '{"revision":"cafe0123"}' });
    const other = start([{ probe: { status: 500, revision: "beef", delaySeconds: 0 } }]);
    expect(await other.respond()).toEqual({ status: 500, body: '{"revision":"beef"}' });
  });

  it("raises its alarm some time after it runs, until it ends", async () => {
    const { alarms, clock, engine } = fixture([{ startSeconds: 10, raises: { alarm: "errors", afterSeconds: 5 } }]);
    const task = engine.start({ ...spec, containers: [container] }, () => {});
    await clock.advance(14_000);
    expect(alarms).toEqual([]);
    await clock.advance(1_000);
    expect(alarms).toEqual(["errors is raised"]);
    task.stop(() => {});
    expect(alarms).toEqual(["errors is raised", "errors is cleared"]);
  });
});

describe("the first matching rule", () => {
  const unhealthy = { kind: "unhealthy" } as const;

  it.each<{ name: string; rules: TaskRule[]; expected: string[] }>([
    { name: "applies", rules: [{ fate: unhealthy }, {}], expected: ["UNHEALTHY", "UNHEALTHY"] },
    { name: "counts its tasks", rules: [{ fate: unhealthy, times: 1 }], expected: ["UNHEALTHY", "HEALTHY"] },
    { name: "matches the service", rules: [{ service: "api", fate: unhealthy }], expected: ["HEALTHY", "HEALTHY"] },
    { name: "matches the cluster", rules: [{ cluster: "other", fate: unhealthy }], expected: ["HEALTHY", "HEALTHY"] },
    { name: "matches the commit", rules: [{ commit: "cafe", fate: unhealthy }], expected: ["UNHEALTHY", "UNHEALTHY"] },
    {
      name: "does not match another commit",
      rules: [{ commit: "beef", fate: unhealthy }],
      expected: ["HEALTHY", "HEALTHY"],
    },
  ])("$name", async ({ rules, expected }) => {
    const { run } = fixture(rules);
    const outcome = async () => (await run()).flatMap(({ event }) => (event.type === "health" ? [event.status] : []));
    expect([...(await outcome()), ...(await outcome())]).toEqual(expected);
  });
});
