/** Releases that, together, make every function do everything that it ever does in AWS. */
import { UpdateServiceCommand } from "@aws-sdk/client-ecs";
import type { ScenarioInput } from "@lockmaster/local-aws";
import { waitForRecovery } from "../scenarios/recovery.fixture.ts";
import { moveToInstances } from "../scenarios/instances.fixture.ts";
import { commits } from "../scenarios/shop.fixture.ts";
import {
  check,
  clientOf,
  deployment,
  forgetTaskDefinitions,
  post,
  reconcile,
  replaceTaskDefinition,
  rollback,
  stopAt,
} from "./acts.ts";
import { last, type Open } from "./demanding-shop.ts";

type Exercise = (open: Open) => Promise<void>;
type Events = NonNullable<ScenarioInput["events"]>;

const { good, bad, better } = commits;
const crash: Fate = { kind: "crash", afterSeconds: 3, exitCode: 1, log: ["no database"] };
const endless: Fate = { kind: "exit", afterSeconds: 100_000, exitCode: 0, log: [] };
const lost = (source: string, detailType: string) => ({ source, detailType, happens: "lost" }) as const;
const buildEvents = lost("aws.codebuild", "CodeBuild Build State Change");
const statusEvents = lost("aws.states", "Step Functions Execution Status Change");
const fails = { phase: "BUILD", message: "exit status 1" } as const;
type Fate = NonNullable<NonNullable<ScenarioInput["tasks"]>[number]["fate"]>;

const tags = [{ key: "team", value: "shop" }];

/** From now on, for long. */
const outage = { kind: "error500", occurrence: "every", strength: "outage", outageSeconds: 7_200 } as const;
const killedOnce = { function: "start-build", operation: "StartBuild", kind: "kill-after" } as const;
/** Builds run, but their ids are lost. */
const unseenBuilds = [
  { ...killedOnce, occurrence: "every" },
  { function: "start-build", operation: "ListBuildsForProject", ...outage },
] as const;
const unstoppable = (name: string) => ({ function: name, operation: "StopBuild", ...outage }) as const;

const untaggable = (name: string) => ({ function: name, operation: "PutImage", ...outage }) as const;

/** With staging in another account and region: what functions do in an environment, they do there. */
export const exercisesInAnotherAccount: Readonly<Record<string, Exercise>> = {
  "releases, a promotion and a rollback": async (open) => {
    const shop = await open({ faults: [killedOnce] });
    await replaceTaskDefinition(shop, { tags });
    await replaceTaskDefinition(shop, { tags, service: "frontend" });
    await shop.clock.advance(600_000);
    await shop.release(good);
    const promotion = shop.releaseOf(await shop.tag("v1.0.0", good));
    await shop.waitForEnd(promotion);
    await shop.release(better);
    await shop.release(good);
    await forgetTaskDefinitions(shop);
    await shop.waitForEnd(await shop.startExecution("back", rollback(shop)));
  },

  "a rollout that fails, and a task": async (open) => {
    const shop = await open({
      builds: [{ commit: "b", times: 1, fails }],
      tasks: [
        { service: "backend", commit: "b", fate: crash },
        { oneOff: "migrate", commit: "c", fate: endless },
      ],
    });
    await replaceTaskDefinition(shop, { tags });
    await shop.clock.advance(600_000);
    const { release } = await shop.release(bad);
    await shop.redrive(release);
    await shop.waitForEnd(await shop.startExecution("again", deployment(shop, bad)));
    await shop.release(better);
  },

  "a task that cannot be described": async (open) => {
    const shop = await open({
      tasks: [{ oneOff: "migrate", fate: endless }],
      faults: [{ function: "run-task", operation: "DescribeTasks", ...outage }],
    });
    await shop.release(good);
  },

  "a service that an operator changes": async (open) => {
    const shop = await open();
    const { cluster } = shop.environment;
    const deploymentCircuitBreaker = { enable: true, rollback: false };
    await clientOf(shop).send(
      new UpdateServiceCommand({ cluster, service: "backend", deploymentConfiguration: { deploymentCircuitBreaker } }),
    );
    await replaceTaskDefinition(shop, { tag: "nothing" });
    await shop.clock.advance(3_600_000);
    const release = await shop.startRelease(good);
    await shop.waitForState(release, "Check health");
    await replaceTaskDefinition(shop, {});
    await shop.waitForEnd(release);
  },

  "a tagged service on instances": onInstances,

  "releases that are stopped midway": (open) => stopMidway(open, []),

  "the same midway, found by reconcile": (open) => stopMidway(open, [statusEvents]),
};

/** Plan counts the instances; the service's tags are those of its one-off tasks. */
async function onInstances(open: Open): Promise<void> {
  const shop = await open({ containerInstances: { "shop-staging": 2 } });
  await moveToInstances(shop, { desiredCount: 1, hostPort: 80, propagateTags: "SERVICE", tags }, clientOf(shop));
  await shop.release(good);
}

/** With staging beside Lockmaster. */
export const exercises: Readonly<Record<string, Exercise>> = {
  "a tag that comes with its commit, and a registry that takes it late": async (open) => {
    const shop = await open({ faults: ["finish-release"].map(untaggable) });
    const release = await shop.startRelease(good);
    await shop.waitForState(release, "Check health");
    await shop.promote("v1.0.0", good);
    await waitForRecovery(shop);
  },

  "a registry that takes it later yet": async (open) => {
    const shop = await open({ faults: ["finish-release", "recover"].map(untaggable) });
    await shop.release(good);
    await shop.promote("v1.0.0", good);
    await waitForRecovery(shop);
  },

  "images that Inspector scans": async (open) => {
    const shop = await open({ scans: [{ type: "enhanced" }] });
    await shop.waitForState(await shop.startRelease(good), "Acquire lock");
  },

  "builds whose events are lost": async (open) => {
    const shop = await open({
      events: [buildEvents],
      builds: [{ commit: "b", times: 2, fails }],
      faults: [{ function: "reconcile", operation: "BatchGetBuilds", ...outage, outageSeconds: 1_800 }],
    });
    const { release } = await shop.release(bad);
    await shop.redrive(release);
    await shop.waitForState(await shop.startRelease(better), "Build image");
    await shop.clock.advance(100_000);
    await reconcile(shop);
  },

  "builds that fail at once and are found by reconcile": async (open) => {
    const shop = await open({
      events: [buildEvents],
      builds: [{ commit: "b", seconds: 1, fails }],
    });
    await shop.waitForState(await shop.startRelease(bad), "Build image");
    await shop.clock.advance(60_000);
    await reconcile(shop);
  },

  "builds that go on although they were given up": async (open) => {
    const shop = await open({
      builds: [{ seconds: 3_000 }],
      faults: [unstoppable("recover"), unstoppable("reconcile")],
    });
    await stopAt(shop, await shop.startRelease(good), "Build image");
    await stopAt(shop, shop.releaseOf(await post(shop, good, "synchronize")), "Build image");
    await shop.startExecution("again", deployment(shop, good));
    shop.releaseOf(await post(shop, good, "opened", 8));
    await shop.clock.advance(60_000);
  },

  "releases that wait for each other": async (open) => {
    const shop = await open({ tasks: [{ cluster: "shop-staging", startSeconds: 600 }] });
    const one = await shop.startRelease(good);
    await shop.waitForState(one, "Check health");
    const other = await shop.startRelease(better);
    await shop.waitForState(other, "Acquire lock");
    await shop.clock.advance(10_000);
    await shop.waitForEnd(await shop.startRelease(last));
  },

  "a release that was planned for something else than runs": async (open) => {
    const shop = await open({ tasks: [{ service: "frontend", commit: "d", times: 2, fate: crash }] });
    for (const sha of [good, better]) await shop.release(sha);
    const { release } = await shop.release(last);
    const { requestedAt } = await shop.record(release);
    await shop.waitForEnd(
      await shop.startExecution("back", {
        ...rollback(shop),
        requestedAt: new Date(Date.parse(requestedAt) - 1000).toISOString(),
      }),
    );
    await shop.redrive(release);
  },

  "pull requests that are pushed to and closed": async (open) => {
    const shop = await open({ builds: [{ seconds: 600 }], faults: [killedOnce] });
    await check(shop, good);
    await check(shop, better);
    await post(shop, better, "closed");
  },

  "pull requests whose build ids are lost": async (open) => {
    const shop = await open({ builds: [{ seconds: 600 }], faults: [...unseenBuilds] });
    await check(shop, good);
    await check(shop, better);
    await post(shop, better, "closed");
  },

  "builds that wait for a slot": (open) => fillBuildQueue(open, []),

  "builds that wait for a slot, woken by reconcile": (open) => fillBuildQueue(open, [buildEvents]),

  "releases that are stopped while they build": stopBuilding,

  "a lock that another release waits for": (open) => stopWithWaiter(open, []),

  "the same lock, found by reconcile": (open) => stopWithWaiter(open, [statusEvents]),
};

/** More builds than a new account runs and queues. */
async function fillBuildQueue(open: Open, events: Events): Promise<void> {
  const quotas = [{ service: "codebuild", name: "Concurrently running builds for ARM/Small environment", value: 1 }];
  const shop = await open({ events, quotas, builds: [{ seconds: 120 }] });
  for (const [index, sha] of [good, bad, better].entries()) await post(shop, sha, "opened", index + 1);
  const release = await shop.startRelease(last);
  await shop.waitForState(release, "Build image");
  await shop.clock.advance(30 * 60_000);
  await reconcile(shop);
}

async function stopBuilding(open: Open): Promise<void> {
  const shop = await open({ builds: [{ seconds: 3_000 }], faults: [...unseenBuilds] });
  const release = await shop.startRelease(good);
  const checked = shop.releaseOf(await post(shop, good, "synchronize"));
  for (const one of [release, checked]) await shop.waitForState(one, "Build image");
  await shop.clock.advance(8_000);
  for (const one of [release, checked]) await shop.stop(one);
  await waitForRecovery(shop);
}

async function stopMidway(open: Open, events: Events): Promise<void> {
  const shop = await open({ events, tasks: [{ oneOff: "migrate", commit: "c", fate: endless }] });
  await stopAt(shop, await shop.startRelease(good), "Check health");
  await waitForRecovery(shop);
  await stopAt(shop, await shop.startRelease(better), "Wait for tasks before deployment");
  await waitForRecovery(shop);
}

async function stopWithWaiter(open: Open, events: Events): Promise<void> {
  const shop = await open({ events, tasks: [{ cluster: "shop-staging", startSeconds: 600 }] });
  const one = await shop.startRelease(good);
  await replaceTaskDefinition(shop, {});
  await shop.waitForState(one, "Are the services stable?");
  await shop.waitForState(await shop.startRelease(better), "Acquire lock");
  await shop.clock.advance(10_000);
  await shop.stop(one);
  await waitForRecovery(shop);
}
