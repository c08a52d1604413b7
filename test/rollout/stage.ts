/** A service on the local AWS, and the four rollout steps driven by hand: the state machine is not the subject here. */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { cloudwatchAlarms } from "@lockmaster/aws/cloudwatch/alarms.ts";
import { containerLogs } from "@lockmaster/aws/logs/container-logs.ts";
import { ecrKeptImages } from "@lockmaster/aws/ecr/kept-images.ts";
import { ecsObservations } from "@lockmaster/aws/ecs/observations.ts";
import { ecsTaskDefinitions } from "@lockmaster/aws/ecs/task-definitions.ts";
import { ecsUpdates } from "@lockmaster/aws/ecs/updates.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { httpProbe } from "@lockmaster/aws/http/probe.ts";
import { RetryableError } from "@lockmaster/core/lib/errors.ts";
import type { LockLedger } from "@lockmaster/core/ledger/ports.ts";
import type { ReleaseRef } from "@lockmaster/core/ledger/release-ref.ts";
import { checkHealth } from "@lockmaster/core/rollout/check-health.ts";
import { deployService, type DeployPorts } from "@lockmaster/core/rollout/deploy-service.ts";
import { rollbackService, type RollbackPorts } from "@lockmaster/core/rollout/rollback-service.ts";
import { snapshotServices } from "@lockmaster/core/rollout/snapshot-services.ts";
import { configurationOf, oneService } from "@lockmaster/core/config/configuration.fixture.ts";
import type { BuiltImage, CheckHealthOutput, HealthTracking, Rollout } from "@lockmaster/core/contract/steps.ts";
import { createLedger } from "@lockmaster/installation/topology/ledger-table.ts";
import { type ScenarioInput, simulatedImage, startLocalAws, virtualClock } from "@lockmaster/local-aws";

export const oldCommit = "0".repeat(40);
export const newCommit = "1".repeat(40);

const cluster = "shop-staging";
const services = ["api", "worker"] as const;

const configuration = configurationOf({
  ...oneService,
  environments: {
    staging: {
      ...oneService.environments.staging,
      cluster,
      services: Object.fromEntries(
        services.map((name) => [name, { service: `${name}-svc`, containers: { app: "backend" } }]),
      ),
    },
  },
});

export type StageOptions = { scenario?: ScenarioInput; breaker?: boolean; desiredCount?: number };
export type Stage = Awaited<ReturnType<typeof openStage>>;

export async function openStage({ scenario, breaker = false, desiredCount = 2 }: StageOptions = {}) {
  const clock = virtualClock();
  const calls: string[] = [];
  const decisions: string[] = [];
  const aws = await startLocalAws({
    clock,
    ...(scenario && { scenario }),
    observe: ({ call }) => calls.push(call.operation),
  });
  const ecs = new ECSClient(aws.clientConfig());
  const images = { old: await pushImage(aws, oldCommit), new: await pushImage(aws, newCommit) };
  const ledger = await openLedger(aws);
  await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
  for (const name of services) await createService(ecs, aws, name, { breaker, desiredCount });

  const taskDefinitions = ecsTaskDefinitions(ecs);
  const logs = containerLogs(new CloudWatchLogsClient(aws.clientConfig()), taskDefinitions, (reason) => {
    throw reason;
  });
  const ports = {
    ledger,
    taskDefinitions,
    logs,
    ecs: { ...ecsObservations(ecs), ...ecsUpdates(ecs) },
    alarms: cloudwatchAlarms(() => new CloudWatchClient(aws.clientConfig())),
    keptImages: ecrKeptImages(new ECRClient(aws.clientConfig())),
    probe: httpProbe(),
    tokens: { succeedTask: () => Promise.resolve(true) },
  };
  const now = () => new Date(clock.now());
  const release = releaseAt(now());
  await ledger.openRelease(
    {
      ...release,
      requestedBy: { kind: "operator", name: "test" },
      requestedAt: release.startedAt,
      policyHash: "hash",
      status: "open",
    },
    0,
  );
  const built: BuiltImage = {
    image: "backend",
    repositoryUri: images.new.repositoryUri,
    digest: images.new.digest,
    buildId: "b:1",
  };
  const epoch = await takeLock(ledger, release);
  const ofRelease = { release, redriveCount: 0, epoch };

  const deploy = (service: string, through: Ports = ports) =>
    deployService(through, { ...ofRelease, service, images: [built] }, now());
  const rollBack = (service: string, through: Ports = ports) =>
    rollbackService(through, { ...ofRelease, service }, (decision) => decisions.push(decision.kind));

  /** Polls until there is a verdict, waiting as long as each poll returns. */
  async function watch(
    direction: "deploy" | "rollback",
    rollouts: Rollout[],
  ): Promise<Exclude<CheckHealthOutput, { state: "waiting" }>> {
    const since = now().toISOString();
    let next: { rollouts: Rollout[]; tracking?: HealthTracking } = { rollouts };
    for (;;) {
      const answer = await checkHealth(ports, { ...ofRelease, direction, since, ...next }, now());
      if (answer.state !== "waiting") return answer;
      next = answer;
      await clock.advance(answer.retryAfterSeconds * 1000);
    }
  }

  return {
    clock,
    calls,
    decisions,
    images,
    ports,
    release,
    services,
    now,
    watch,
    snapshot: (waitingSince = now().toISOString()) =>
      snapshotServices(ports, { ...ofRelease, images: [built], waitingSince }, now()),
    deploy,
    rollBack,
    /** Runs a step that dies after one of its calls through `ports`, counted from 0. */
    dyingAfter: <T>(call: number, run: (ports: Ports) => Promise<T>) => run(dyingPorts(ports, call)),
    deployAll: () => Promise.all(services.map((service) => deploy(service))),
    rollBackAll: () => Promise.all(services.map((service) => rollBack(service))),
    record: async () => (await ledger.release(release)) ?? fail("the release is gone"),
    /** Changes a service as another tool does. */
    update: (
      service: string,
      change: { taskDefinition?: string; desiredCount?: number; forceNewDeployment?: boolean },
    ) => ecs.send(new UpdateServiceCommand({ cluster, service: `${service}-svc`, ...change })),
    /** ARNs of the tasks that a service runs. */
    async runningTasks(service: string) {
      return (await ecs.send(new ListTasksCommand({ cluster, serviceName: `${service}-svc` }))).taskArns ?? [];
    },
    stopTask: (task: string) => ecs.send(new StopTaskCommand({ cluster, task })),
    /** Waits until every service has exactly one deployment, which is COMPLETED. */
    async waitUntilCompleted() {
      for (let polls = 0; polls < 200; polls += 1) {
        const { services: found = [] } = await ecs.send(
          new DescribeServicesCommand({ cluster, services: services.map((name) => `${name}-svc`) }),
        );
        const deployments = found.flatMap(({ deployments = [] }) => deployments);
        if (
          deployments.length === services.length &&
          deployments.every(({ rolloutState }) => rolloutState === "COMPLETED")
        )
          return;
        await clock.advance(5000);
      }
      fail("the deployments do not become COMPLETED");
    },
    /** Image and task definition that a service is set to. */
    async running(service: string) {
      const found =
        (await ports.ecs.services(cluster, [`${service}-svc`])).get(`${service}-svc`) ?? fail(`no ${service}`);
      const primary =
        found.deployments.find(({ status }) => status === "PRIMARY") ?? fail(`${service} has no deployment`);
      const { taskDefinition } = await taskDefinitions.describe(primary.taskDefinition);
      return {
        image: taskDefinition.containerDefinitions[0]?.image,
        taskDefinition: primary.taskDefinition,
        rolloutState: primary.rolloutState,
        desiredCount: found.desiredCount,
      };
    },
    async close() {
      ecs.destroy();
      await aws.close();
    },
  };
}

type Ports = DeployPorts & RollbackPorts;

/** The same ports, whose caller dies after one call, like a function that Lambda ends. */
function dyingPorts({ ledger, ecs, taskDefinitions }: Ports, lastCall: number): Ports {
  let calls = 0;
  const dying = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name, receiver) => {
        const member: unknown = Reflect.get(target, name, receiver);
        if (typeof member !== "function") return member;
        return async (...given: unknown[]) => {
          const call = calls++;
          const answer: unknown = await Reflect.apply(member, target, given);
          if (call === lastCall) throw new RetryableError("the function died", { code: "STEP_FAILED" });
          return answer;
        };
      },
    });
  return { ledger: dying(ledger), ecs: dying(ecs), taskDefinitions: dying(taskDefinitions) };
}

type Aws = Awaited<ReturnType<typeof startLocalAws>>;

/** Takes the lock as acquire-lock does; no other release waits for it here. @returns the lock's epoch */
async function takeLock(ledger: Pick<LockLedger, "lock" | "writeLock">, release: ReleaseRef): Promise<number> {
  const { id, executionArn, startedAt, kind } = release;
  const lock = await ledger.lock(release);
  const holder = { release: id, executionArn, startedAt, kind, redriveCount: 0 };
  await ledger.writeLock({ ...lock, holder, epoch: 1, version: 1 });
  return 1;
}

const releaseAt = (now: Date): ReleaseRef => ({
  id: "release-1",
  executionArn: "arn:aws:states:us-east-1:111122223333:execution:lockmaster-release:release-1",
  startedAt: now.toISOString(),
  kind: "deploy",
  repository: "acme/shop",
  environment: "staging",
  ref: "refs/heads/main",
  sha: newCommit,
});

async function pushImage(aws: Aws, revision: string) {
  const ecr = new ECRClient(aws.clientConfig());
  if (revision === oldCommit) await ecr.send(new CreateRepositoryCommand({ repositoryName: "shop/backend" }));
  ecr.destroy();
  const image = simulatedImage({
    revision,
    created: new Date("2026-01-01T00:00:00Z"),
    sizeBytes: 40_000_000,
    salt: "s",
  });
  const { digest } = aws.images.push({ repository: "shop/backend", tags: [revision], ...image });
  return { digest, repositoryUri: `${aws.accountId}.dkr.ecr.${aws.region}.amazonaws.com/shop/backend` };
}

async function openLedger(aws: Aws) {
  const client = new DynamoDBClient(aws.clientConfig());
  await createLedger(client, "ledger");
  const ledger = dynamodbLedger(client, "ledger");
  await ledger.putConfiguration({ repository: "acme/shop", configuration, hash: "hash" });
  return ledger;
}

async function createService(
  ecs: ECSClient,
  aws: Aws,
  name: string,
  { breaker, desiredCount }: Required<Omit<StageOptions, "scenario">>,
) {
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: `shop-${name}`,
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      cpu: "256",
      memory: "512",
      executionRoleArn: `arn:aws:iam::${aws.accountId}:role/execution`,
      tags: [{ key: "team", value: "shop" }],
      containerDefinitions: [
        {
          name: "app",
          image: `${aws.accountId}.dkr.ecr.${aws.region}.amazonaws.com/shop/backend:${oldCommit}`,
          essential: true,
          environment: [{ name: "EMPTY", value: "" }],
          logConfiguration: {
            logDriver: "awslogs",
            options: { "awslogs-group": "/shop", "awslogs-region": aws.region, "awslogs-stream-prefix": name },
          },
        },
      ],
    }),
  );
  await ecs.send(
    new CreateServiceCommand({
      cluster,
      serviceName: `${name}-svc`,
      taskDefinition: taskDefinition?.taskDefinitionArn ?? "",
      desiredCount,
      launchType: "FARGATE",
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: breaker, rollback: breaker } },
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-0a1b2c3d4e5f60718"] } },
    }),
  );
}

function fail(message: string): never {
  throw new Error(message);
}
