import { ContainerName } from "@lockmaster/core/config/grammar.ts";
import * as v from "valibot";
import type { Discovery, FoundContainer, FoundService } from "./discover.ts";

/** A part that the configuration leaves out, or that the operator should check. */
export type Note = { where: string; message: string };

/** A container that Lockmaster can release: its image is in this account's registry. */
type ManagedContainer = { name: string; repository: string; reference: string };

export type ManagedService = Omit<FoundService, "containers"> & { containers: readonly ManagedContainer[] };

/** Selects the services and containers that Lockmaster can release; notes give the reason for every other one. */
export function survey(found: Discovery): { services: ManagedService[]; notes: Note[] } {
  const surveyed = found.services.map((service) => surveyService(service, found));
  const services = surveyed.flatMap(({ managed }) => (managed === undefined ? [] : [managed]));
  return { services, notes: [...surveyed.flatMap(({ notes }) => notes), ...sharedFamilies(services)] };
}

function surveyService(service: FoundService, found: Discovery): { managed?: ManagedService; notes: Note[] } {
  const where = `${service.cluster}/${service.service}`;
  const obstacle = obstacleTo(service);
  if (obstacle !== undefined) return { notes: [{ where, message: `left out: ${obstacle}` }] };
  const containers = service.containers.map((container) => ({ ...container, ...originOf(container, found) }));
  const managed = containers.flatMap(({ name, image, repository }) =>
    repository === undefined ? [] : [{ name, repository, reference: image }],
  );
  const notes = containers.flatMap(({ name, problem }) =>
    problem === undefined ? [] : [{ where, message: `container ${name} keeps its image: ${problem}` }],
  );
  if (managed.length > 0) return { managed: { ...service, containers: managed }, notes };
  return { notes: [...notes, { where, message: "left out: no container runs an image of this account's registry" }] };
}

function obstacleTo({ controller, scheduling, containers }: FoundService): string | undefined {
  if (controller !== "ECS") {
    return `its deployment controller is ${controller}; create the service again with the controller ECS, which supports rolling, blue/green, canary and linear deployments`;
  }
  if (scheduling === "DAEMON") return "it is a daemon service; Lockmaster releases replica services only";
  return containers.length === 0 ? "ECS returns no task definition for it" : undefined;
}

/** A registry's host: https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html, dual-stack ones included. */
const ecrImage =
  /^(?<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)\/(?<repository>[^:@]+)/;

function originOf({ name, image }: FoundContainer, found: Discovery): { repository?: string; problem?: string } {
  if (!v.is(ContainerName, name)) return { problem: "a configuration cannot contain this name" };
  const { account, region, repository } = ecrImage.exec(image)?.groups ?? {};
  if (repository === undefined) return { problem: `${image} is not from ECR` };
  if (account !== found.account) return { problem: `${image} is in the registry of account ${account}` };
  if (region !== found.region) return { problem: `${image} is in the registry of ${region}` };
  if (!found.repositories.includes(repository)) return { problem: `the ECR repository ${repository} does not exist` };
  return { repository };
}

function sharedFamilies(services: readonly ManagedService[]): Note[] {
  return [...Map.groupBy(services, ({ family }) => family)].flatMap(([family, sharing]) => {
    if (family === undefined || sharing.length < 2) return [];
    const where = sharing.map(({ cluster, service }) => `${cluster}/${service}`).join(", ");
    const message = `share the task definition family ${family}: its newest revision may belong to the other service; give each service its own family`;
    return [{ where, message }];
  });
}
