import { inspect } from "node:util";
import * as v from "valibot";
import { createAuthorization, type Grant } from "./access/authorization.ts";
import { servicesAccess, unmapped } from "./access/services.ts";
import type { Statement } from "./access/statement.ts";
import { clientConfigs, type LocalClientConfig } from "./protocol/client-config.ts";
import type { Clock } from "./clock/clock.ts";
import { createOtherPlaces } from "./other-places.ts";
import type { ImageStore } from "./engines/engine.ts";
import { simulatedBuilds } from "./engines/simulated/builds.ts";
import { simulatedScans } from "./engines/simulated/scans.ts";
import { simulatedTasks } from "./engines/simulated/tasks.ts";
import { createFaults, type Faults } from "./faults/faults.ts";
import { answerTime, inTime, type Latency, usualLatency } from "./world/latency.ts";
import { createLambda, type LambdaRuntime } from "./lambda/runtime.ts";
import { callerHeader } from "./lambda/wire.ts";
import type { AccountRegion } from "./protocol/addressing.ts";
import { errorAnswer } from "./protocol/answer.ts";
import type { Around, HttpRequest, ObservedCall, Route } from "./protocol/dispatch.ts";
import { AwsError } from "./protocol/errors.ts";
import { uuidFrom } from "./protocol/identifiers.ts";
import { startServer } from "./protocol/server.ts";
import type { Caller } from "./protocol/service.ts";
import { randomSequence } from "./world/random.ts";
import { realClock } from "./clock/real-clock.ts";
import { Scenario, type ScenarioInput } from "./scenario/scenario.ts";
import { createCloudWatch } from "./services/cloudwatch/cloudwatch.ts";
import { createCodeBuild } from "./services/codebuild/codebuild.ts";
import { createDynamoDb, dynamoDbTargetPrefix } from "./services/dynamodb/dynamodb.ts";
import { createEcr } from "./services/ecr/ecr.ts";
import { layerPath } from "./services/ecr/layers.ts";
import { createEcs } from "./services/ecs/ecs.ts";
import { probePath, probeRoute } from "./services/ecs/load-balancer.ts";
import type { BusEvent } from "./services/eventbridge/bus.ts";
import { createGitHub, githubPath } from "./services/github/github.ts";
import { createEventBridge, type EventBridge } from "./services/eventbridge/eventbridge.ts";
import { createConnections } from "./services/connections/connections.ts";
import { createIam } from "./services/iam/iam.ts";
import { createLambdaService } from "./services/lambda/lambda.ts";
import { createLogs } from "./services/logs/logs.ts";
import { createScheduler } from "./services/scheduler/scheduler.ts";
import { createSecretsManager } from "./services/secretsmanager/secretsmanager.ts";
import { createServiceQuotas } from "./services/servicequotas/servicequotas.ts";
import { createSsm } from "./services/ssm/ssm.ts";
import { createStepFunctions, type StepFunctions } from "./services/stepfunctions/stepfunctions.ts";
import { createSts } from "./services/sts/sts.ts";
import type { World } from "./world/world.ts";

export type LocalAwsOptions = {
  /** Real time when absent. */
  clock?: Clock;
  /** On 127.0.0.1; a free one when absent. */
  port?: number;
  /** What the simulated engines do; everything goes well when absent. */
  scenario?: ScenarioInput;
  region?: string;
  /** Twelve digits; the account of AWS's own examples when absent. */
  accountId?: string;
  /** The repository whose functions are registered; the working directory when absent. */
  root?: string;
  /** How long functions take to start, and answers to reach them, on the clock; as usual when absent. */
  latency?: Latency;
  /** Stands between the wire and the services: where faults come in. */
  around?: Around;
  /** Told of every call, after it was answered. */
  observe?: (observation: ObservedCall) => void;
  /** ARNs of the roles that can be assumed, in any account; none when absent. */
  roles?: readonly string[];
  /** Told of everything that a role's policy allowed. */
  onGrant?: (grant: Grant) => void;
};

/** A local AWS: one process, one port, one clock. */
export type LocalAws = {
  endpoint: string;
  clock: Clock;
  region: string;
  accountId: string;
  /** Where functions are registered, and what was invoked. */
  lambda: LambdaRuntime;
  stepFunctions: StepFunctions;
  /** The registry's images, to put there what ran before. */
  images: ImageStore;
  /**
   * Gives a role its policy, by ARN: it may do nothing else from then on. A function's role is called like the function; roles
   * without a policy, and whoever comes from outside, may do everything.
   */
  attachPolicy(role: string, statements: readonly Statement[]): void;
  /** Operations of which it is not said what they demand of whoever calls them; there should be none. */
  unmappedOperations(): readonly string[];
  /** What of the scenario's faults has struck so far. */
  faults: Faults["report"];
  /** Told of every event that reaches the default bus, of other regions and accounts too. */
  onEvent: EventBridge["onEvent"];
  /**
   * Options for an SDK client of one's own in this process, which needs no connection; at home unless another region or
   * account is named.
   */
  clientConfig(place?: Partial<AccountRegion>): LocalClientConfig;
  /** @throws AggregateError when the local AWS itself had a defect: what ran in it proves nothing then */
  close(): Promise<void>;
};

const functionUrlPath = "/lambda-url/";
/**
 * Any key that no function has belongs to somebody outside: tests, operators, the AWS CLI. One that names an account (as
 * AWS's own do, less legibly) belongs to somebody there.
 */
const accountAccessKeyId = /^AKIA(\d{12})0000$/;

/** Starts a local AWS. It holds nothing but what is created in it afterwards, and forgets everything when closed. */
export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  const { clock = realClock(), region = "us-east-1", accountId = "111122223333" } = options;
  const scenario = v.parse(Scenario, options.scenario ?? {});
  const random = randomSequence(scenario.seed);
  const latency = options.latency ?? usualLatency;
  let endpoint = "";

  const world: World = {
    clock,
    region,
    accountId,
    random,
    emit: (event) => events.emit(event),
    invoke: (functionName, payload) => lambda.invoke(functionName, payload),
    log: (group, stream, lines) => logs.append(group, stream, lines),
    authorize: (call, demand) => authorization.demand(call, demand),
  };
  const defects: unknown[] = [];
  const onDefect = (error: unknown, where: string): void => {
    defects.push(error);
    process.stderr.write(`A defect of the local AWS in ${where}: ${inspect(error)}\n`);
  };
  const logs = createLogs(world);
  const events = createEventBridge(world, scenario);
  const lambda = createLambda({
    clock,
    region,
    accountId,
    random,
    log: (group, stream, lines) => logs.append(group, stream, lines),
    endpoint: () => endpoint,
    root: options.root ?? process.cwd(),
    latency,
    instances: scenario.instances,
    exchange: (request) => server.exchange(request),
  });
  // A sequence of its own: what the engines do must not depend on how many calls functions make.
  const own = randomSequence(scenario.seed + 1);
  const wait = answerTime({ clock, random: own, latency, parkReply: (caller) => lambda.parkReply(caller) });
  const ecr = createEcr(world, () => endpoint, simulatedScans(scenario.scans));
  const { images } = ecr;
  const codeBuild = createCodeBuild(world, {
    engine: simulatedBuilds({ clock, random, images, region, accountId, rules: scenario.builds }),
  });
  const cloudWatch = createCloudWatch(world, scenario);
  const ecs = createEcs(world, {
    alarms: cloudWatch,
    images,
    engine: simulatedTasks({
      clock,
      random,
      log: (group, stream, lines) => logs.append(group, stream, lines),
      images,
      rules: scenario.tasks,
      signals: cloudWatch.signals,
    }),
  });
  const faults = createFaults({ clock, lambda }, scenario.faults);
  const { staleMs } = faults;
  const stepFunctions = createStepFunctions({ ...world, invoke: faults.invoke }, { onDefect, staleMs });
  faults.watch(stepFunctions);
  const secretsManager = createSecretsManager(world);
  const callerOf = ({ headers }: HttpRequest) => lambda.callerOf(headers[callerHeader] ?? "");
  const parkReply = (request: HttpRequest) => {
    const caller = callerOf(request);
    return caller === undefined ? () => undefined : lambda.parkReply(caller);
  };
  const github = createGitHub(world, {
    scenario: scenario.github,
    parkReply,
  });
  const sts = createSts(world, new Set(options.roles));
  const access = servicesAccess((id) => secretsManager.arnOf(id));
  const authorization = createAuthorization({
    home: { region, accountId },
    services: access,
    ...(options.onGrant !== undefined && { onGrant: options.onGrant }),
  });
  const listeners: ((event: BusEvent) => void)[] = [];
  const tell = (event: BusEvent): void => listeners.forEach((listener) => listener(event));
  events.onEvent(tell);
  const services = [
    cloudWatch,
    codeBuild,
    createConnections(world, scenario),
    createLambdaService(lambda, (name) => `${endpoint}${functionUrlPath}${name}/`),
    createScheduler(world),
    createServiceQuotas(world, scenario),
    createSsm(world),
    ecr,
    ecs,
    events,
    logs,
    secretsManager,
    stepFunctions,
  ].map(({ service }) => service);
  const server = await startServer({
    clock,
    ...(options.port !== undefined && { port: options.port }),
    services,
    passthrough: { [dynamoDbTargetPrefix]: createDynamoDb(world) },
    routes: {
      [functionUrlPath]: functionUrls(lambda),
      [layerPath]: ecr.downloads,
      [githubPath]: async (request) => {
        const answer = await github(request);
        await wait(callerOf(request));
        return answer;
      },
      [probePath]: probeRoute(ecs.requestService, parkReply),
    },
    forms: [sts.backend, createIam(world).backend],
    places: { home: { region, accountId }, elsewhere: createOtherPlaces({ world, scenario, images, onEvent: tell }) },
    callerOf: (accessKeyId) => sts.callerOf(accessKeyId) ?? lambda.callerOf(accessKeyId) ?? outsider(accessKeyId),
    authorize: (call, place, body) => authorization.check(call, place, body),
    onDefect,
    requestId: () => uuidFrom(random),
    around: inTime(wait, faults.around(options.around)),
    ...(options.observe !== undefined && { observe: options.observe }),
  });
  endpoint = server.endpoint;

  return {
    endpoint,
    clock,
    region,
    accountId,
    lambda,
    stepFunctions,
    images,
    unmappedOperations: () => unmapped(services, access),
    attachPolicy: (role, statements) => authorization.attach(role, statements),
    faults: () => faults.report(),
    onEvent: (listener) => void listeners.push(listener),
    clientConfig: clientConfigs(server, region),
    close: async () => {
      events.close();
      lambda.close();
      await server.close();
      if (defects.length > 0) throw new AggregateError(defects, "The local AWS had defects of its own");
    },
  };
}

function outsider(accessKeyId: string): Caller {
  const accountId = accountAccessKeyId.exec(accessKeyId)?.[1];
  return { kind: "outside", accessKeyId, ...(accountId !== undefined && { accountId }) };
}

/** Function URLs have a host name each at AWS; here they are paths: `/lambda-url/<function name>/`. */
function functionUrls(lambda: LambdaRuntime): Route {
  const urls = new Map<string, ReturnType<LambdaRuntime["functionUrl"]>>();
  return async (request) => {
    const [, , name = "", ...rest] = request.path.split("/");
    try {
      const url = urls.get(name) ?? lambda.functionUrl(name);
      urls.set(name, url);
      return await url({ ...request, path: `/${rest.join("/")}` });
    } catch (error) {
      if (error instanceof AwsError) return errorAnswer(error);
      throw error;
    }
  };
}
