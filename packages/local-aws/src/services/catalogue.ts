/** All services of the local AWS. Each is registered here once, in the group of its accounts and regions. */
import type { Clock } from "../clock/clock.ts";
import type { ImageStore } from "../engines/engine.ts";
import type { BuildRecipe } from "../engines/simulated/build-recipe.ts";
import { simulatedBuilds } from "../engines/simulated/builds.ts";
import { simulatedScans } from "../engines/simulated/scans.ts";
import { simulatedTasks } from "../engines/simulated/tasks.ts";
import type { LambdaRuntime } from "../lambda/runtime.ts";
import type { AccountRegion } from "../protocol/addressing.ts";
import type { HttpRequest } from "../protocol/http.ts";
import type { Caller, LocalService } from "../protocol/service.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { AnswerDelay } from "../world/latency.ts";
import type { World } from "../world/world.ts";
import { createCloudWatch } from "./cloudwatch/cloudwatch.ts";
import { createCodeBuild } from "./codebuild/codebuild.ts";
import { createConnections } from "./connections/connections.ts";
import { createDynamoDb } from "./dynamodb/dynamodb.ts";
import { createEcr } from "./ecr/ecr.ts";
import { createEcs } from "./ecs/ecs.ts";
import type { BusEvent } from "./eventbridge/bus.ts";
import { createEventBridge, type EventBridge } from "./eventbridge/eventbridge.ts";
import { createGitHub } from "./github/github.ts";
import { createIam } from "./iam/iam.ts";
import { createLambdaService } from "./lambda/lambda.ts";
import { createLogs } from "./logs/logs.ts";
import { createScheduler } from "./scheduler/scheduler.ts";
import { createSecretsManager } from "./secretsmanager/secretsmanager.ts";
import { createServiceQuotas } from "./servicequotas/servicequotas.ts";
import { createSsm } from "./ssm/ssm.ts";
import type { StoreOptions } from "./stepfunctions/operations/store.ts";
import { createStepFunctions, type StepFunctions } from "./stepfunctions/stepfunctions.ts";
import { createSts } from "./sts/sts.ts";

export type CatalogueOptions = {
  clock: Clock;
  random: () => number;
  home: AccountRegion;
  scenario: Scenario;
  lambda: LambdaRuntime;
  /** URL of the local AWS; known after its start. */
  endpoint: () => string;
  authorize: NonNullable<World["authorize"]>;
  /** ARNs of the roles that can be assumed. */
  roles: readonly string[];
  builds: BuildRecipe;
  /** Invokes functions for Step Functions, with faults. */
  invoke: World["invoke"];
  stepFunctions: StoreOptions;
  /** Called with each event on the default bus of any account and region. */
  onEvent: (event: BusEvent) => void;
  delayAnswer: AnswerDelay;
};

export type Catalogue = {
  /** The services of an account and region. They are empty at first, and independent of other accounts and regions. */
  servicesAt(site: AccountRegion): readonly LocalService[];
  /** The registry of the home account and region. Tasks in all accounts and regions pull their images from it. */
  images: ImageStore;
  stepFunctions: StepFunctions;
  /** The caller with an access key of STS. @throws AwsError ExpiredTokenException */
  callerOf(accessKeyId: string): Caller | undefined;
  log: World["log"];
  /** Ends all schedules. */
  close(): void;
};

export function createCatalogue(options: CatalogueOptions): Catalogue {
  const { clock, random, home, scenario, lambda, endpoint } = options;
  const buses: EventBridge[] = [];
  const parkReply = (request: HttpRequest) => lambda.parkReply(lambda.senderOf(request));
  const delayAnswer = (request: HttpRequest) => options.delayAnswer(lambda.senderOf(request));

  function createSite(site: AccountRegion) {
    const world: World = {
      clock,
      random,
      ...site,
      emit: (event) => events.emit(event),
      invoke: (functionName, payload) => lambda.invoke(functionName, payload),
      log: (group, stream, lines) => logs.append(group, stream, lines),
      authorize: (call, demand) => options.authorize(call, demand),
    };
    const logs = createLogs(world);
    const events = createEventBridge(world, scenario);
    events.onEvent(options.onEvent);
    buses.push(events);
    return { world, logs, events };
  }

  const { world, ...homeSite } = createSite(home);
  const ecr = createEcr(world, endpoint, simulatedScans(scenario.scans));
  const { images } = ecr;
  const stepFunctions = createStepFunctions({ ...world, invoke: options.invoke }, options.stepFunctions);
  const sts = createSts(world, new Set(options.roles));

  /** Services of each account and region. All of them have the scenario's alarms; each counts a rule's `times` separately. */
  function regional({ world: site, logs, events }: ReturnType<typeof createSite>) {
    const alarms = createCloudWatch(site, scenario);
    const engine = simulatedTasks({ ...site, images, rules: scenario.tasks, signals: alarms.signals });
    return [
      alarms,
      createEcs(site, { images, engine, alarms, parkReply, containerInstances: scenario.containerInstances }),
      events,
      logs,
      createScheduler(site),
      createSecretsManager(site),
      createServiceQuotas(site, scenario),
      createSsm(site),
    ];
  }

  const github = createGitHub(world, { scenario: scenario.github, parkReply, delayAnswer });

  /** Only in the home account and region. */
  const homeOnly = [
    createCodeBuild(world, {
      engine: simulatedBuilds({ ...world, ...home, images, recipe: options.builds, rules: scenario.builds }),
      quotas: scenario.quotas,
    }),
    createConnections(world, scenario),
    createDynamoDb(world),
    ecr,
    github,
    createLambdaService(lambda, endpoint, github.observeDelivery),
    stepFunctions,
  ];

  /** One for all accounts and regions. */
  const global = [createIam(world), sts];

  const atHome = [...regional({ world, ...homeSite }), ...homeOnly, ...global].map(({ service }) => service);
  return {
    servicesAt: (site) =>
      site.region === home.region && site.accountId === home.accountId
        ? atHome
        : [...regional(createSite(site)), ...global].map(({ service }) => service),
    images,
    stepFunctions,
    callerOf: (accessKeyId) => sts.callerOf(accessKeyId),
    log: (group, stream, lines) => world.log(group, stream, lines),
    close: () => buses.forEach((bus) => bus.close()),
  };
}
