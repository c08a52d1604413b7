/** What the dashboard shows, in CloudWatch's own form: plain data, which `dashboard.ts` makes a dashboard of. */
import { metrics, phases, type MetricName } from "@lockmaster/core/contract/metrics.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import { buildProjectName } from "@lockmaster/core/lib/names.ts";
import { namesOf, type InstallationSite } from "../topology/names.ts";

/** Namespace, name, dimensions as name and value in turn, options. */
type Metric = readonly (string | Readonly<Record<string, string>>)[];

type Widget = {
  type: "metric" | "text";
  x: number;
  y: number;
  width: number;
  height: number;
  properties: Readonly<Record<string, unknown>>;
};

type Graph = { title: string; statistic: string; metrics: readonly Metric[]; stacked?: true };

const columns = 24;
const height = 6;

/**
 * Releases on top, then each environment's services. CPU and memory are what ECS tells of every service; how many tasks run and
 * should needs Container Insights, which a cluster has turned on or not, and costs extra.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
 */
export function dashboardBody(place: InstallationSite, configuration: Configuration): { widgets: readonly Widget[] } {
  const rows = [releases(place, configuration), health(place), ...environmentRows(place, configuration)];
  return {
    widgets: rows.flatMap((graphs, row) =>
      graphs.map((graph, index) => {
        const width = columns / graphs.length;
        return {
          type: "metric" as const,
          x: index * width,
          y: row * height,
          width,
          height,
          properties: {
            title: graph.title,
            region: place.region,
            view: "timeSeries",
            stat: graph.statistic,
            period: 300,
            metrics: graph.metrics,
            ...(graph.stacked === true && { stacked: true }),
          },
        };
      }),
    ),
  };
}

function releases(place: InstallationSite, { repositories }: Configuration): Graph[] {
  const { buildProjectPrefix, metricNamespace } = namesOf(place.prefix);
  const builds = Object.keys(repositories).map((repository): Metric => {
    const project = buildProjectName(buildProjectPrefix, repository);
    return ["AWS/CodeBuild", "Duration", "ProjectName", project, { label: `build ${repository}` }];
  });
  const { PhaseDuration, Releases, Findings } = metrics;
  return [
    { title: Releases.title, statistic: "Sum", metrics: own(metricNamespace, "Releases"), stacked: true },
    {
      title: `${PhaseDuration.title}, in seconds`,
      statistic: "p90",
      metrics: [...phases.flatMap((phase) => own(metricNamespace, "PhaseDuration", [phase])), ...builds],
    },
    { title: Findings.title, statistic: "Sum", metrics: own(metricNamespace, "Findings"), stacked: true },
  ];
}

function health(place: InstallationSite): Graph[] {
  const { metricNamespace, deadLetters } = namesOf(place.prefix);
  const of = (name: MetricName) => own(metricNamespace, name);
  return [
    { title: metrics.ReleasesWaiting.title, statistic: "Maximum", metrics: of("ReleasesWaiting") },
    { title: `${metrics.LongestWait.title}, in seconds`, statistic: "Maximum", metrics: of("LongestWait") },
    {
      title: "What should not be",
      statistic: "Sum",
      metrics: [
        ...of("BrokenReleases"),
        ...of("FailedRecoveries"),
        ...of("LeftUndone"),
        ...of("Redeliveries"),
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", deadLetters, { stat: "Maximum" }],
      ],
    },
  ];
}

/** Every series of a metric, or those named. */
function own(namespace: string, name: MetricName, only?: readonly string[]): Metric[] {
  const definition = metrics[name];
  if (!("by" in definition)) return [[namespace, name, { label: definition.title }]];
  const { dimension, values } = definition.by;
  return (only ?? values).map((value) => [namespace, name, dimension, value, { label: value }]);
}

function environmentRows(place: InstallationSite, { repositories }: Configuration): Graph[][] {
  return Object.entries(repositories).flatMap(([repository, { environments }]) =>
    Object.entries(environments).map(([name, environment]) =>
      services(`${repository} ${name}`, environment, elsewhere(environment, place)),
    ),
  );
}

function services(title: string, { cluster, services: named }: EnvironmentConfiguration, options: Options): Graph[] {
  const each = (metric: (service: string, label: string) => Metric[]) =>
    Object.entries(named).flatMap(([label, { service }]) => metric(service, label));
  const of = (namespace: string, name: string, service: string, label: string): Metric => [
    namespace,
    name,
    "ClusterName",
    cluster,
    "ServiceName",
    service,
    { label, ...options },
  ];
  const insights = "ECS/ContainerInsights";
  return [
    {
      title: `${title}: CPU, percent`,
      statistic: "Average",
      metrics: each((service, label) => [of("AWS/ECS", "CPUUtilization", service, label)]),
    },
    {
      title: `${title}: memory, percent`,
      statistic: "Average",
      metrics: each((service, label) => [of("AWS/ECS", "MemoryUtilization", service, label)]),
    },
    {
      title: `${title}: tasks, running and desired (Container Insights)`,
      statistic: "Average",
      metrics: each((service, label) => [
        of(insights, "RunningTaskCount", service, `${label} running`),
        of(insights, "DesiredTaskCount", service, `${label} desired`),
      ]),
    },
  ];
}

type Options = Readonly<{ accountId?: string; region?: string }>;

/** Of another account CloudWatch shows what that account shares with this one (cross-account observability). */
function elsewhere({ account }: EnvironmentConfiguration, place: InstallationSite): Options {
  if (account === undefined) return {};
  const [, , , , owner = place.account] = account.role.split(":");
  const region = account.region ?? place.region;
  return {
    ...(owner !== place.account && { accountId: owner }),
    ...(region !== place.region && { region }),
  };
}
