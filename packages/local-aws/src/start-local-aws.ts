import { inspect } from "node:util";
import * as v from "valibot";
import { createAuthorization, type Grant } from "./access/authorization.ts";
import type { RolePolicies } from "./access/role-quotas.ts";
import type { Clock } from "./clock/clock.ts";
import { realClock } from "./clock/real-clock.ts";
import type { ImageStore } from "./engines/engine.ts";
import { type BuildRecipe, emptyBuilds } from "./engines/simulated/build-recipe.ts";
import { createFaults, type Faults } from "./faults/faults.ts";
import type { Bundling } from "./lambda/bundle.ts";
import { createLambda, type LambdaRuntime } from "./lambda/runtime.ts";
import type { AccountRegion } from "./protocol/addressing.ts";
import { clientConfigs, type LocalClientConfig } from "./protocol/client-config.ts";
import type { Around, ObservedCall } from "./protocol/dispatch.ts";
import { uuidFrom } from "./protocol/identifiers.ts";
import { startServer } from "./protocol/server.ts";
import type { Caller, LocalService } from "./protocol/service.ts";
import { Scenario, type ScenarioInput } from "./scenario/scenario.ts";
import { createCatalogue } from "./services/catalogue.ts";
import { probePath } from "./services/ecs/load-balancer.ts";
import type { BusEvent } from "./services/eventbridge/bus.ts";
import { githubPath } from "./services/github/github.ts";
import { functionUrlPath } from "./services/lambda/lambda.ts";
import type { StepFunctions } from "./services/stepfunctions/stepfunctions.ts";
import { answerDelay, type Latency, usualLatency, withAnswerDelay } from "./world/latency.ts";
import { randomSequence } from "./world/random.ts";

export type LocalAwsOptions = {
  /** Real time when absent. */
  clock?: Clock;
  /** On 127.0.0.1; a free port when absent. */
  port?: number;
  /** What the simulated builds, tasks, scans and GitHub do, and which faults occur; everything succeeds when absent. */
  scenario?: ScenarioInput;
  region?: string;
  /** Twelve digits; the account of AWS's examples when absent. */
  accountId?: string;
  /** Base folder of relative paths of functions, with `node_modules`; the working directory when absent. */
  root?: string;
  /** esbuild's options for the functions, as in their deployment; esbuild's defaults when absent. */
  bundling?: Bundling;
  /** What CodeBuild's builds do; they succeed and push nothing when absent. */
  builds?: BuildRecipe;
  /** How long functions take to start, and answers to reach them, on the clock; the usual times when absent. */
  latency?: Latency;
  /** Wraps every call of a service, inside of the scenario's faults. */
  around?: Around;
  /** Called after each call is answered. */
  observe?: (observation: ObservedCall) => void;
  /** ARNs of the roles that can be assumed, in any account; none when absent. */
  roles?: readonly string[];
  /** Called with each demand that a role's policy allowed. */
  onGrant?: (grant: Grant) => void;
};

/** A local AWS: one process, one port, one clock. */
export type LocalAws = {
  endpoint: string;
  /** URLs below the endpoint of GitHub's API, Function URLs and load balancers, which have their own host names at AWS. */
  urls: {
    github: string;
    function(name: string): string;
    /** The load balancer in front of an ECS service. */
    service(cluster: string, service: string): string;
  };
  clock: Clock;
  region: string;
  accountId: string;
  /** Registers functions and lists their invocations. */
  lambda: LambdaRuntime;
  stepFunctions: StepFunctions;
  /** The registry's images. Tests push the images of earlier releases to it. */
  images: ImageStore;
  /** The services of the home account and region. */
  services: readonly LocalService[];
  /**
   * Gives a role its policies, by ARN: from then on only their actions are permitted. A function's role has the function's name.
   * Roles without policies, and callers from outside, are permitted everything.
   *
   * @throws AwsError LimitExceeded when they exceed IAM's quotas
   */
  attachPolicies(role: string, policies: RolePolicies): void;
  /** The scenario's faults in order, and whether each was injected. */
  faults: Faults["report"];
  /** Calls `listener` with each event on a default bus, of any account and region. */
  onEvent(listener: (event: BusEvent) => void): void;
  /**
   * Options for an SDK client in this process, which needs no connection. By default the client acts in the home account and
   * region.
   */
  clientConfig(site?: Partial<AccountRegion>): LocalClientConfig;
  /** @throws AggregateError when the local AWS has a defect: then results of the run prove nothing */
  close(): Promise<void>;
};

/** Starts an empty local AWS. Its content is lost when it is closed. */
export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  const { clock = realClock(), region = "us-east-1", accountId = "111122223333", latency = usualLatency } = options;
  const home = { region, accountId };
  const scenario = v.parse(Scenario, options.scenario ?? {});
  const random = randomSequence(scenario.seed);
  const defects = defectReport();
  const listeners: ((event: BusEvent) => void)[] = [];

  const lambda = createLambda({
    clock,
    ...home,
    random,
    latency,
    root: options.root ?? process.cwd(),
    bundling: options.bundling,
    instances: scenario.instances,
    log: (group, stream, lines) => catalogue.log(group, stream, lines),
    endpoint: () => server.endpoint,
    exchange: (request) => server.exchange(request),
  });
  const delayAnswer = answerDelay({
    clock,
    // A separate sequence: the engines' random numbers must not depend on the number of calls that functions make.
    random: randomSequence(scenario.seed + 1),
    latency,
    parkReply: (caller) => lambda.parkReply(caller),
  });
  const faults = createFaults({ clock, lambda }, scenario.faults);
  const authorization = createAuthorization(home, options.onGrant);
  const catalogue = createCatalogue({
    clock,
    random,
    home,
    scenario,
    lambda,
    delayAnswer,
    endpoint: () => server.endpoint,
    authorize: (call, demand) => authorization.demand(call, demand),
    roles: options.roles ?? [],
    builds: options.builds ?? emptyBuilds,
    invoke: faults.invoke,
    stepFunctions: { staleMs: faults.staleMs, onDefect: defects.add },
    onEvent: (event) => listeners.forEach((listener) => listener(event)),
  });
  faults.watch(catalogue.stepFunctions);
  const server = await startServer({
    clock,
    ...(options.port !== undefined && { port: options.port }),
    home,
    services: (site) => catalogue.servicesAt(site),
    callerOf: (key) => catalogue.callerOf(key) ?? lambda.callerOf(key) ?? outsideCaller(key),
    authorize: (check) => authorization.check(check),
    requestId: () => uuidFrom(random),
    around: withAnswerDelay(delayAnswer, faults.around(options.around)),
    ...(options.observe !== undefined && { observe: options.observe }),
    onDefect: defects.add,
  });
  const { endpoint } = server;

  return {
    endpoint,
    urls: {
      github: `${endpoint}${githubPath}`,
      function: (name) => `${endpoint}${functionUrlPath}${name}/`,
      service: (cluster, service) => `${endpoint}${probePath}${cluster}/${service}`,
    },
    clock,
    region,
    accountId,
    lambda,
    stepFunctions: catalogue.stepFunctions,
    images: catalogue.images,
    services: catalogue.servicesAt(home),
    attachPolicies: (role, policies) => authorization.attach(role, policies),
    faults: () => faults.report(),
    onEvent: (listener) => void listeners.push(listener),
    clientConfig: clientConfigs(server, home),
    async close() {
      catalogue.close();
      lambda.close();
      await server.close();
      defects.throwIfAny();
    },
  };
}

/**
 * A key that belongs neither to STS nor to a function is that of a caller from outside: a test, an operator, the AWS CLI. A
 * key that contains an account (in AWS's keys it is encoded) belongs to a caller in that account.
 */
function outsideCaller(accessKeyId: string): Caller {
  const accountId = /^AKIA(\d{12})0000$/.exec(accessKeyId)?.[1];
  return { kind: "outside", accessKeyId, ...(accountId !== undefined && { accountId }) };
}

/** Collects the defects of the local AWS, and prints each at once. */
function defectReport() {
  const defects: unknown[] = [];
  return {
    add: (error: unknown, where: string): void => {
      defects.push(error);
      process.stderr.write(`A defect of the local AWS in ${where}: ${inspect(error)}\n`);
    },
    throwIfAny(): void {
      if (defects.length > 0) throw new AggregateError(defects, "The local AWS has defects");
    },
  };
}
