/** For tests: every service with an API of its own, without a server. */
import { emptyBuilds } from "../engines/simulated/build-recipe.ts";
import { simulatedBuilds } from "../engines/simulated/builds.ts";
import { simulatedScans } from "../engines/simulated/scans.ts";
import { simulatedTasks } from "../engines/simulated/tasks.ts";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { LocalService } from "../protocol/service.ts";
import { registeredFunctions } from "../lambda/functions.ts";
import { randomSequence } from "../world/random.ts";
import type { World } from "../world/world.ts";
import { createCloudWatch } from "./cloudwatch/cloudwatch.ts";
import { createCodeBuild } from "./codebuild/codebuild.ts";
import { createConnections } from "./connections/connections.ts";
import { createEcr } from "./ecr/ecr.ts";
import { createEcs } from "./ecs/ecs.ts";
import { createEventBridge } from "./eventbridge/eventbridge.ts";
import { createIam } from "./iam/iam.ts";
import { createLambdaService } from "./lambda/lambda.ts";
import { createLogs } from "./logs/logs.ts";
import { createScheduler } from "./scheduler/scheduler.ts";
import { createSecretsManager } from "./secretsmanager/secretsmanager.ts";
import { createServiceQuotas } from "./servicequotas/servicequotas.ts";
import { createSsm } from "./ssm/ssm.ts";
import { createStepFunctions } from "./stepfunctions/stepfunctions.ts";
import { createSts } from "./sts/sts.ts";

export function createServices(clock: VirtualClock): LocalService[] {
  const random = randomSequence(1);
  const world: World = {
    clock,
    random,
    region: "us-east-1",
    accountId: "111122223333",
    emit: () => undefined,
    invoke: async () => ({ ok: true, payload: null, durationMs: 1 }),
    log: () => undefined,
  };
  const ecr = createEcr(world, () => "http://127.0.0.1", simulatedScans([]));
  const { images } = ecr;
  const { region, accountId } = world;
  const builds = simulatedBuilds({ clock, random, images, region, accountId, recipe: emptyBuilds, rules: [] });
  const alarms = createCloudWatch(world, { alarms: [{ name: "shop", state: "OK" }] });
  const { signals } = alarms;
  const tasks = simulatedTasks({ clock, random, images, rules: [], log: () => undefined, signals });
  const functions = registeredFunctions({ region, accountId, clock }, async (file) => ({
    file,
    code: "",
    sizeBytes: 0,
    sources: [],
  }));
  const functionUrl = () => () => Promise.reject(new Error("There are no Function URLs"));
  return [
    alarms,
    createCodeBuild(world, { engine: builds }),
    ecr,
    createConnections(world, { connections: [{ id: "shop", name: "shop", status: "AVAILABLE" }] }),
    createEcs(world, { images, engine: tasks, alarms, parkReply: () => () => undefined }),
    createEventBridge(world),
    createIam(world),
    createLambdaService({ find: (name) => functions.find(name), functionUrl }, () => "http://127.0.0.1"),
    createLogs(world),
    createScheduler(world),
    createSecretsManager(world),
    createServiceQuotas(world, { quotas: [] }),
    createSsm(world),
    createStepFunctions(world),
    createSts(world, new Set(["arn:aws:iam::111122223333:role/deployer"])),
  ].map(({ service }) => service);
}
