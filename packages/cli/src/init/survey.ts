import type { Discovery, FoundContainer, FoundService } from "./discover.ts";

/** Something that is left out of the configuration, or that somebody should look at. */
export type Note = { where: string; message: string };

/** A container whose image Lockmaster can release: one of this account's registry. */
export type ManagedContainer = { name: string; repository: string; reference: string };

export type ManagedService = Omit<FoundService, "containers"> & { containers: readonly ManagedContainer[] };

/** Tells what Lockmaster can release apart from what it leaves alone, each with its reason. */
export function survey(found: Discovery): { services: ManagedService[]; notes: Note[] } {
  const looked = found.services.map((service) => look(service, found));
  const services = looked.flatMap(({ managed }) => (managed === undefined ? [] : [managed]));
  return { services, notes: [...looked.flatMap(({ notes }) => notes), ...sharedFamilies(services)] };
}

/** Keys that valibot lets no record have, so that no configuration can name such a container. */
const unnameable = new Set(["__proto__", "constructor", "prototype"]);

function look(service: FoundService, found: Discovery): { managed?: ManagedService; notes: Note[] } {
  const where = `${service.cluster}/${service.service}`;
  const obstacle = obstacleTo(service);
  if (obstacle !== undefined) return { notes: [{ where, message: `left out: ${obstacle}` }] };
  const containers = service.containers.map((container) => ({ ...container, ...originOf(container, found) }));
  const managed = containers.flatMap(({ name, image, repository }) =>
    repository === undefined ? [] : [{ name, repository, reference: image }],
  );
  const notes = containers.flatMap(({ name, problem }) =>
    problem === undefined ? [] : [{ where, message: `container ${name} is left alone: ${problem}` }],
  );
  if (managed.length > 0) return { managed: { ...service, containers: managed }, notes };
  return { notes: [...notes, { where, message: "left out: no container runs an image of this account's registry" }] };
}

function obstacleTo({ controller, scheduling, containers }: FoundService): string | undefined {
  if (controller !== "ECS") {
    return `it is deployed by the controller ${controller}; create it again with ECS's own, which knows rolling, blue/green, canary and linear deployments`;
  }
  if (scheduling === "DAEMON") return "it is a daemon, which runs on instances as they come and go";
  return containers.length === 0 ? "ECS tells no task definition of it" : undefined;
}

/** A registry's host: https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html, dual-stack ones included. */
const ecrImage =
  /^(?<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)\/(?<repository>[^:@]+)/;

function originOf({ name, image }: FoundContainer, found: Discovery): { repository?: string; problem?: string } {
  if (unnameable.has(name)) return { problem: "no configuration can call it so" };
  const { account, region, repository } = ecrImage.exec(image)?.groups ?? {};
  if (repository === undefined) return { problem: `${image} is not from ECR` };
  if (account !== found.account) return { problem: `${image} is in the registry of account ${account}` };
  if (region !== found.region) return { problem: `${image} is in the registry of ${region}` };
  if (!found.repositories.includes(repository)) return { problem: `there is no ECR repository ${repository} any more` };
  return { repository };
}

function sharedFamilies(services: readonly ManagedService[]): Note[] {
  return [...Map.groupBy(services, ({ family }) => family)].flatMap(([family, sharing]) => {
    if (family === undefined || sharing.length < 2) return [];
    const where = sharing.map(({ cluster, service }) => `${cluster}/${service}`).join(", ");
    const message = `share the task definition family ${family}: whatever takes its newest revision may get another one's; give each a family of its own`;
    return [{ where, message }];
  });
}
