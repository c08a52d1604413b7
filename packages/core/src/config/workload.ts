/** A place to deploy to, for those who have none: what it is besides what the environments say themselves. */
import * as v from "valibot";
import { CertificateArn, EcsName, Name, PolicyArn, RepositoryName, SecretArn } from "./grammar.ts";
import type { Configuration } from "./configuration.ts";
import type { EnvironmentConfiguration } from "./schema.ts";

const count = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));
const variable = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is no name of a variable: letters, digits and underscores, as in DATABASE_URL"),
);

const Network = v.strictObject({
  availabilityZones: v.optional(count(2, 3), 2),
  /** How tasks reach the internet; with `none` they have public addresses, which nothing can connect to. */
  nat: v.optional(v.picklist(["gateway", "instance", "none"]), "gateway"),
});

const Container = v.strictObject({
  /** On which it listens. */
  port: v.optional(count(1, 65_535)),
  environment: v.optional(v.record(variable, text), {}),
  /** ARN of a secret in Secrets Manager by variable. */
  secrets: v.optional(v.record(variable, SecretArn), {}),
  /** Command that proves the container's health, as ECS takes it: `["CMD", "/app", "health"]`. */
  healthCheck: v.optional(
    v.pipe(v.array(text), v.minLength(2, 'is too short: write ["CMD", …] or ["CMD-SHELL", "…"]')),
  ),
});

/** How requests come to a service from the load balancer. */
const Route = v.strictObject({
  /** The container whose port is connected to. */
  container: EcsName,
  /** Path that answers with 200 to 299 when the container is well. */
  healthPath: v.optional(v.pipe(v.string(), v.regex(/^\/[\w./-]*$/, "is no path, as in /health")), "/"),
  /** Requests to these paths, as in `/api/*`; with neither these nor hosts, all that no other route takes. */
  paths: v.optional(v.array(text), []),
  hosts: v.optional(v.array(text), []),
});

const Service = v.strictObject({
  cpu: v.optional(v.picklist([256, 512, 1024, 2048, 4096, 8192, 16384]), 256),
  memoryMegabytes: v.optional(count(512, 122_880), 512),
  tasks: v.optional(
    v.strictObject({
      minimum: v.optional(count(1, 1000), 1),
      maximum: v.optional(count(1, 1000), 4),
      /** Of all its tasks on average: above it tasks are added, well below it they are taken away. */
      cpuPercent: v.optional(count(10, 95), 60),
    }),
    {},
  ),
  route: v.optional(Route),
  containers: v.optional(v.record(EcsName, Container), {}),
  /** ARNs of policies for what the application itself does with AWS. */
  policies: v.optional(v.array(PolicyArn), []),
});

const Environment = v.strictObject({
  /** ARN of the certificate for HTTPS; without one there is HTTP alone. */
  certificate: v.optional(CertificateArn),
  /** Whether the load balancer is open to the internet, or to the network alone. */
  public: v.optional(v.boolean(), true),
  /** Lets services find each other by the names of their containers: `http://api:8080`. */
  serviceConnect: v.optional(v.boolean(), false),
  /** An OpenTelemetry collector beside each service's containers, which forwards to X-Ray and CloudWatch. */
  telemetry: v.optional(v.boolean(), false),
  services: v.optional(v.record(Name, Service), {}),
});

export const Workload = v.strictObject({
  network: v.optional(Network, {}),
  /** By repository and environment; an environment that is not named has every default. */
  repositories: v.optional(v.record(RepositoryName, v.record(Name, Environment)), {}),
});

export type Workload = v.InferOutput<typeof Workload>;
export type WorkloadEnvironment = v.InferOutput<typeof Environment>;
export type WorkloadService = v.InferOutput<typeof Service>;
export type WorkloadContainer = v.InferOutput<typeof Container>;

export const defaultEnvironment: WorkloadEnvironment = v.parse(Environment, {});
export const defaultService: WorkloadService = v.parse(Service, {});

/** Family of the task definitions that a service of the workload runs. */
export const familyOf = ({ cluster }: Pick<EnvironmentConfiguration, "cluster">, service: string): string =>
  `${cluster}-${service}`;

/** Family of the task definition that the workload registers for its releases to be made from. */
export const templateOf = (family: string): string => `${family}-template`;

/**
 * The configuration, in which each service that the workload creates has the workload's task definition for a template: what
 * the stack changes of it comes with the next release. Environments in other accounts are not the workload's.
 */
export function withTemplates(configuration: Configuration): Configuration {
  if (configuration.installation.workload === undefined) return configuration;
  const repositories = mapValues(configuration.repositories, (repository) => ({
    ...repository,
    environments: mapValues(repository.environments, (environment) =>
      environment.account === undefined
        ? {
            ...environment,
            services: mapValues(environment.services, (service) => ({
              template: templateOf(familyOf(environment, service.service)),
              ...service,
            })),
          }
        : environment,
    ),
  }));
  return { ...configuration, repositories };
}

function mapValues<From, To>(of: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, change(value)]));
}
