/** Settings of the network, clusters and services that an installation creates on request, beside those of the environments. */
import * as v from "valibot";
import { record } from "../lib/record.ts";
import { CertificateArn, ContainerName, EcsName, Name, PolicyArn, RepositoryName, SecretArn } from "./grammar.ts";
import type { Configuration } from "./configuration.ts";
import type { EnvironmentConfiguration } from "./schema.ts";

const count = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));
const variable = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    "is not the name of a variable: use letters, digits and underscores, as in DATABASE_URL",
  ),
);

const Network = v.strictObject({
  availabilityZones: v.optional(count(2, 3), 2),
  /** How tasks reach the internet; with `none` they have public addresses, and security groups deny connections to them. */
  nat: v.optional(v.picklist(["gateway", "instance", "none"]), "gateway"),
});

const Container = v.strictObject({
  /** Port that it listens on. */
  port: v.optional(count(1, 65_535)),
  environment: v.optional(record(variable, text), {}),
  /** ARN of a secret in Secrets Manager by variable. */
  secrets: v.optional(record(variable, SecretArn), {}),
  /** Command of the container's health check, as ECS defines it: `["CMD", "/app", "health"]`. */
  healthCheck: v.optional(
    v.pipe(v.array(text), v.minLength(2, 'is too short: write ["CMD", …] or ["CMD-SHELL", "…"]')),
  ),
});

/** Which requests the load balancer sends to a service. */
const Route = v.strictObject({
  /** The container that gets the requests, on its port. */
  container: EcsName,
  /** Path that responds with status 200 to 299 when the container is healthy. */
  healthPath: v.optional(v.pipe(v.string(), v.regex(/^\/[\w./-]*$/, "is not a path: write it as in /health")), "/"),
  /** Requests to these paths, as in `/api/*`; without paths and hosts, all requests that no other route matches. */
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
      /** Average of all tasks: above it tasks are added, well below it tasks are removed. */
      cpuPercent: v.optional(count(10, 95), 60),
    }),
    {},
  ),
  route: v.optional(Route),
  containers: v.optional(record(ContainerName, Container), {}),
  /** ARNs of policies for the application's own calls to AWS. */
  policies: v.optional(v.array(PolicyArn), []),
});

const Environment = v.strictObject({
  /** ARN of the certificate for HTTPS; without one the load balancer has HTTP only. */
  certificate: v.optional(CertificateArn),
  /** Whether the load balancer is open to the internet, or only to the network. */
  public: v.optional(v.boolean(), true),
  /** Services reach each other by container name: `http://api:8080`. */
  serviceConnect: v.optional(v.boolean(), false),
  /** Adds an OpenTelemetry collector to each task, which forwards to X-Ray and CloudWatch. */
  telemetry: v.optional(v.boolean(), false),
  services: v.optional(record(Name, Service), {}),
});

export const Workload = v.strictObject({
  network: v.optional(Network, {}),
  /** By repository and environment; an environment without an entry has the defaults. */
  repositories: v.optional(record(RepositoryName, record(Name, Environment)), {}),
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

/** Family of the template that the workload registers; releases are made from it. */
export const templateOf = (family: string): string => `${family}-template`;

/**
 * Sets the workload's task definition as the template of each service that the workload creates, so that the next release
 * applies changes by the stack. The workload creates nothing for environments in other accounts.
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
