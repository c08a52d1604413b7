import { DescribeImagesCommand } from "@aws-sdk/client-ecr";
import { DescribeClustersCommand, type Service, type TaskDefinition } from "@aws-sdk/client-ecs";
import { deploymentSettings, isOnInstances } from "@lockmaster/aws/ecs/deployment-settings.ts";
import { deadlockOf } from "@lockmaster/core/ecs/deployment-room.ts";
import { check } from "../checking/check.ts";
import { problem, problemsOr, type Finding } from "../checking/finding.ts";
import { serviceName, type ServiceTarget } from "../checking/scope.ts";
import type { ServiceFacts, CheckContext } from "../checking/context.ts";

type Facts = ServiceFacts & {
  /** Images of configured containers that Lockmaster's registry no longer has. */
  absentImages: readonly string[];
  /** Instances in the cluster, if the service runs on them; undefined also if they are not known. */
  instances?: number | undefined;
};

/** Can Lockmaster deploy the service and prove it healthy? */
export const serviceCheck = check("service", "Services", {
  targets: ({ scope }) => scope.services,
  gather: async (context, target): Promise<Facts> => {
    const facts = await context.service(target);
    return {
      ...facts,
      absentImages: await absentImages(context, facts),
      instances: await instancesOf(context, facts),
    };
  },
  judge: judgeService,
});

export function judgeService(facts: Facts): Finding[] {
  const { service, target } = facts;
  const subject = serviceName(target);
  if (service === "unknown") return [];
  if (service === "absent") {
    const seen = `no active service ${target.service} in the cluster ${target.environment.cluster}`;
    return [problem("service.absent", subject, seen)];
  }
  const problems = [...judgeDeployment(facts, service), ...judgeTasks(facts, service), ...judgeImages(facts)];
  const { runningCount, desiredCount, taskDefinition = "" } = service;
  const running = `${runningCount} of ${desiredCount} tasks run ${taskDefinition.split("/").at(-1)}`;
  return problemsOr(problems, "service", subject, running);
}

function judgeDeployment(facts: Facts, service: Service): Finding[] {
  const { target } = facts;
  const subject = serviceName(target);
  const { deploymentController, deploymentConfiguration, desiredCount } = service;
  const controller = deploymentController?.type ?? "ECS";
  if (controller !== "ECS")
    return [problem("service.controller", subject, `its deployment controller is ${controller}`)];
  const problems = judgeDeadlocks(facts, service);
  const { deploymentCircuitBreaker } = deploymentConfiguration ?? {};
  const { minimumHealthyPercent, maximumPercent, strategy } = deploymentSettings(service, {});
  if (strategy === "ROLLING" && deploymentCircuitBreaker?.enable !== true) {
    const values = {
      cluster: target.environment.cluster,
      service: target.service,
      minimum: String(minimumHealthyPercent),
      maximum: String(maximumPercent),
    };
    problems.push(problem("service.breaker-off", subject, "its deployment circuit breaker is off", values));
  }
  if (strategy === "ROLLING" && minimumHealthyPercent === 0 && desiredCount !== 0) {
    problems.push(problem("service.downtime", subject, "its minimumHealthyPercent is 0"));
  }
  return problems;
}

function judgeDeadlocks({ target, taskDefinition, template, instances }: Facts, service: Service): Finding[] {
  const subject = serviceName(target);
  const source = typeof template === "object" ? template : taskDefinition;
  const settings = deploymentSettings(service, typeof source === "object" ? source : {});
  const deadlock = deadlockOf({ ...settings, ...(instances !== undefined && { instances }) });
  const problems = [];
  if (deadlock !== undefined) {
    const { problem: seen, remedy } = deadlock;
    const capitalised = `${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}`;
    problems.push(problem("service.deadlocked", subject, seen, { remedy: capitalised }));
  }
  if (settings.isDaemon && target.environment.firstDeployment === "scale-to-zero") {
    problems.push(problem("service.scale-to-zero", subject, "its scheduling strategy is DAEMON"));
  }
  return problems;
}

function judgeTasks({ target, taskDefinition, template }: Facts, service: Service): Finding[] {
  const subject = serviceName(target);
  const problems = [];
  if (service.desiredCount === 0) {
    problems.push(problem("service.unproven", subject, "its desired count is 0"));
  }
  // Releases are made from the template if there is one.
  const source = typeof template === "object" ? template : taskDefinition;
  if (typeof source === "string") return problems;
  if (hasTasks(target) && usesServiceConnect(service)) {
    problems.push(problem("service.task-without-connect", subject, "it uses Service Connect, and has tasks"));
  }
  const known = containersOf(source).map(({ name }) => name);
  const missing = Object.keys(target.containers).filter((name) => !known.includes(name));
  for (const name of missing) {
    const values = { containers: known.join(", ") };
    problems.push(problem("service.container-absent", subject, `${source.family} has no container ${name}`, values));
  }
  if (template === "absent") {
    const seen = `the template ${target.template} has no active revision`;
    problems.push(problem("service.template-absent", subject, seen));
  }
  const checked = containersOf(source).some(({ healthCheck }) => healthCheck !== undefined);
  const balanced = (service.loadBalancers?.length ?? 0) > 0;
  if (!checked && !balanced && target.environment.health.probe === undefined) {
    problems.push(
      problem("service.health-check-absent", subject, "neither a container nor a load balancer checks health"),
    );
  }
  return problems;
}

/** Whether a one-off task of the environment runs the service's task definition. */
function hasTasks({ environment: { services, tasks }, service }: ServiceTarget): boolean {
  return [...tasks.before, ...tasks.after].some((task) => services[task.service]?.service === service);
}

const usesServiceConnect = ({ deployments = [] }: Service): boolean =>
  deployments.some(({ serviceConnectConfiguration }) => serviceConnectConfiguration?.enabled === true);

const judgeImages = ({ target, absentImages: images }: Facts): Finding[] =>
  images.map((image) => problem("service.image-absent", serviceName(target), `${image} is not in the registry`));

const containersOf = ({ containerDefinitions = [] }: TaskDefinition) => containerDefinitions;

async function instancesOf({ aws }: CheckContext, { target, account, service }: ServiceFacts) {
  if (account === undefined || typeof service === "string" || !isOnInstances(service)) return undefined;
  const { cluster } = target.environment;
  const found = await aws.read({ action: "ecs:DescribeClusters", resource: cluster }, async () => {
    const { clusters = [] } = await account.clients.ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
    return clusters[0]?.registeredContainerInstancesCount ?? "unknown";
  });
  return typeof found === "string" ? undefined : found;
}

/** Checks only images in Lockmaster's own registry. */
async function absentImages({ aws, home }: CheckContext, { target, taskDefinition }: ServiceFacts): Promise<string[]> {
  if (typeof taskDefinition === "string") return [];
  const images = containersOf(taskDefinition)
    .filter(({ name = "" }) => Object.hasOwn(target.containers, name))
    .flatMap(({ image = "" }) => image);
  const registry = new RegExp(`^${home.account}\\.dkr\\.ecr\\.${home.region}\\.`);
  const results = await Promise.all(
    [...new Set(images)]
      .filter((image) => registry.test(image))
      .map(async (image) => {
        const { repository, reference } = partsOf(image);
        const absent = ["ImageNotFoundException", "RepositoryNotFoundException"];
        const found = await aws.read({ action: "ecr:DescribeImages", resource: repository, absent }, () =>
          home.clients.ecr.send(new DescribeImagesCommand({ repositoryName: repository, imageIds: [reference] })),
        );
        return found === "absent" ? image : undefined;
      }),
  );
  return results.filter((image) => image !== undefined);
}

/** `<registry>/shop/api@sha256:…` or `<registry>/shop/api:tag`; `latest` without both. */
function partsOf(image: string): { repository: string; reference: { imageDigest: string } | { imageTag: string } } {
  const name = image.slice(image.indexOf("/") + 1);
  const [tagged = "", imageDigest] = name.split("@");
  const [repository = "", imageTag = "latest"] = tagged.split(":");
  return { repository, reference: imageDigest === undefined ? { imageTag } : { imageDigest } };
}
