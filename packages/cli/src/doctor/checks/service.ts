import { DescribeImagesCommand } from "@aws-sdk/client-ecr";
import type { Service, TaskDefinition } from "@aws-sdk/client-ecs";
import { check } from "../checking/check.ts";
import { trouble, troublesOr, type Finding } from "../checking/finding.ts";
import { serviceName } from "../checking/scope.ts";
import type { ServiceFacts, Surroundings } from "../checking/surroundings.ts";

type Facts = ServiceFacts & {
  /** What configured containers run, and Lockmaster's registry does not have any more. */
  goneImages: readonly string[];
};

/** Can Lockmaster deploy the service, and prove it? */
export const serviceCheck = check("service", "Services", {
  targets: ({ scope }) => scope.services,
  gather: async (around, target): Promise<Facts> => {
    const facts = await around.service(target);
    return { ...facts, goneImages: await goneImages(around, facts) };
  },
  judge: judgeService,
});

export function judgeService(facts: Facts): Finding[] {
  const { service, target } = facts;
  const subject = serviceName(target);
  if (service === "unseen") return [];
  if (service === "absent") {
    const seen = `no active service ${target.service} in the cluster ${target.environment.cluster}`;
    return [trouble("service.absent", subject, seen)];
  }
  const troubles = [...judgeDeployment(facts, service), ...judgeTasks(facts, service), ...judgeImages(facts)];
  const { runningCount, desiredCount, taskDefinition = "" } = service;
  const running = `${runningCount} of ${desiredCount} tasks run ${taskDefinition.split("/").at(-1)}`;
  return troublesOr(troubles, "service", subject, running);
}

/** What its settings make of a deployment. */
function judgeDeployment({ target }: Facts, service: Service): Finding[] {
  const subject = serviceName(target);
  const { deploymentController, deploymentConfiguration, desiredCount } = service;
  const controller = deploymentController?.type ?? "ECS";
  if (controller !== "ECS")
    return [trouble("service.controller", subject, `its deployment controller is ${controller}`)];
  const troubles = [];
  const { deploymentCircuitBreaker, strategy = "ROLLING", ...percent } = deploymentConfiguration ?? {};
  // ECS's own for services that run a number of tasks.
  const { minimumHealthyPercent = 100, maximumPercent = 200 } = percent;
  if (strategy === "ROLLING" && deploymentCircuitBreaker?.enable !== true) {
    const values = {
      cluster: target.environment.cluster,
      service: target.service,
      minimum: String(minimumHealthyPercent),
      maximum: String(maximumPercent),
    };
    troubles.push(trouble("service.breaker-off", subject, "its deployment circuit breaker is off", values));
  }
  if (strategy === "ROLLING" && minimumHealthyPercent === 0 && desiredCount !== 0) {
    troubles.push(trouble("service.downtime", subject, "its minimumHealthyPercent is 0"));
  }
  return troubles;
}

/** What its tasks are, and prove. */
function judgeTasks({ target, taskDefinition, template }: Facts, service: Service): Finding[] {
  const subject = serviceName(target);
  const troubles = [];
  if (service.desiredCount === 0) {
    troubles.push(trouble("service.unproven", subject, "no task is desired"));
  }
  // What its releases are made from.
  const source = typeof template === "object" ? template : taskDefinition;
  if (typeof source === "string") return troubles;
  const known = containersOf(source).map(({ name }) => name);
  const missing = Object.keys(target.containers).filter((name) => !known.includes(name));
  for (const name of missing) {
    const values = { containers: known.join(", ") };
    troubles.push(trouble("service.container-absent", subject, `no container ${name} in ${source.family}`, values));
  }
  if (template === "absent") {
    const seen = `no active task definition ${target.template}`;
    troubles.push(trouble("service.template-absent", subject, seen));
  }
  const checked = containersOf(source).some(({ healthCheck }) => healthCheck !== undefined);
  const balanced = (service.loadBalancers?.length ?? 0) > 0;
  if (!checked && !balanced && target.environment.health.probe === undefined) {
    troubles.push(trouble("service.health-check-absent", subject, "no container and no load balancer checks health"));
  }
  return troubles;
}

const judgeImages = ({ target, goneImages: images }: Facts): Finding[] =>
  images.map((image) => trouble("service.image-gone", serviceName(target), `${image} is not in the registry`));

const containersOf = ({ containerDefinitions = [] }: TaskDefinition) => containerDefinitions;

/** Images of Lockmaster's own registry only; others' registries answer to others. */
async function goneImages({ asking, home }: Surroundings, { target, taskDefinition }: ServiceFacts): Promise<string[]> {
  if (typeof taskDefinition === "string") return [];
  const images = containersOf(taskDefinition)
    .filter(({ name = "" }) => Object.hasOwn(target.containers, name))
    .flatMap(({ image = "" }) => image);
  const registry = new RegExp(`^${home.account}\\.dkr\\.ecr\\.${home.region}\\.`);
  const looked = await Promise.all(
    [...new Set(images)]
      .filter((image) => registry.test(image))
      .map(async (image) => {
        const { repository, reference } = partsOf(image);
        const absent = ["ImageNotFoundException", "RepositoryNotFoundException"];
        const found = await asking.ask({ action: "ecr:DescribeImages", resource: repository, absent }, () =>
          home.clients.ecr.send(new DescribeImagesCommand({ repositoryName: repository, imageIds: [reference] })),
        );
        return found === "absent" ? image : undefined;
      }),
  );
  return looked.filter((image) => image !== undefined);
}

/** `<registry>/shop/api@sha256:…` or `<registry>/shop/api:tag`; `latest` where there is neither. */
function partsOf(image: string): { repository: string; reference: { imageDigest: string } | { imageTag: string } } {
  const name = image.slice(image.indexOf("/") + 1);
  const [tagged = "", imageDigest] = name.split("@");
  const [repository = "", imageTag = "latest"] = tagged.split(":");
  return { repository, reference: imageDigest === undefined ? { imageTag } : { imageDigest } };
}
