import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import type { LocalAws } from "@lockmaster/local-aws";

const isLocal = (url: string): boolean => ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname);

/**
 * Lets each probe request a service of the local AWS in place of its URL, which only exists where the environment does. The local
 * service answers with 200 and the commit.
 */
export function withLocalProbes(aws: LocalAws, configuration: Configuration): Configuration {
  const repositories = mapValues(configuration.repositories, (repository) => ({
    ...repository,
    environments: mapValues(repository.environments, (environment) => withLocalProbe(aws, environment)),
  }));
  return { ...configuration, repositories };
}

function withLocalProbe(aws: LocalAws, environment: EnvironmentConfiguration): EnvironmentConfiguration {
  const { health, cluster, services } = environment;
  const [probed] = Object.values(services);
  if (health.probe === undefined || probed === undefined || isLocal(health.probe.url)) return environment;
  const { revisionPath, ...probe } = health.probe;
  return {
    ...environment,
    health: {
      ...health,
      probe: {
        ...probe,
        url: aws.urls.service(cluster, probed.service),
        status: 200,
        ...(revisionPath !== undefined && { revisionPath: "revision" }),
      },
    },
  };
}

const mapValues = <Value>(
  of: Readonly<Record<string, Value>>,
  change: (value: Value) => Value,
): Record<string, Value> => Object.fromEntries(Object.entries(of).map(([key, value]) => [key, change(value)]));
