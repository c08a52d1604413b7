/** The dashboard's body in CloudWatch's format; `infra/observability/dashboard.ts` creates the dashboard. */
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
 * Releases on top, then each environment's services. ECS reports CPU and memory of every service. The numbers of running and
 * desired tasks need Container Insights, which a cluster may have turned on and which costs extra.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
 */
export function dashboardBody(site: InstallationSite, configuration: Configuration): { widgets: readonly Widget[] } {
  const environments = environmentRows(site, configuration);
  const shown = withinQuotas([releases(site, configuration), health(site)], environments);
  const left = environments.length - (shown.length - 2);
  return { widgets: [...widgetsOf(shown, site), ...(left === 0 ? [] : [leftOut(left, shown.length)])] };
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html: widgets and metrics of one dashboard */
const maxWidgets = 500;
const maxMetrics = 2500;
/** In the graph of the phases' durations, which has at most 500 metrics. */
const maxBuilds = 400;

/** The rows that come first, and as many others as CloudWatch permits beside them. */
function withinQuotas(first: readonly Graph[][], others: readonly Graph[][]): Graph[][] {
  const metricsOf = (graphs: readonly Graph[]) => graphs.reduce((sum, graph) => sum + graph.metrics.length, 0);
  const rows = [...first];
  let [widgets, series] = [first.flat().length, metricsOf(first.flat())];
  for (const row of others) {
    widgets += row.length;
    series += metricsOf(row);
    // One widget says what is missing.
    if (widgets >= maxWidgets || series > maxMetrics) break;
    rows.push(row);
  }
  return rows;
}

const leftOut = (environments: number, row: number): Widget => ({
  type: "text",
  x: 0,
  y: row * height,
  width: columns,
  height: 2,
  properties: {
    markdown: `${environments} more environments are not shown: a dashboard has at most ${maxWidgets} widgets and ${maxMetrics} metrics.`,
  },
});

function widgetsOf(rows: readonly Graph[][], site: InstallationSite): Widget[] {
  return rows.flatMap((graphs, row) =>
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
          region: site.region,
          view: "timeSeries",
          stat: graph.statistic,
          period: 300,
          metrics: graph.metrics,
          ...(graph.stacked === true && { stacked: true }),
        },
      };
    }),
  );
}

function releases(site: InstallationSite, { repositories }: Configuration): Graph[] {
  const { buildProjectPrefix, metricNamespace } = namesOf(site.prefix);
  const builds = Object.keys(repositories)
    .slice(0, maxBuilds)
    .map((repository): Metric => {
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

function health(site: InstallationSite): Graph[] {
  const { metricNamespace, deadLetters } = namesOf(site.prefix);
  const of = (name: MetricName) => own(metricNamespace, name);
  return [
    { title: metrics.ReleasesWaiting.title, statistic: "Maximum", metrics: of("ReleasesWaiting") },
    { title: `${metrics.LongestWait.title}, in seconds`, statistic: "Maximum", metrics: of("LongestWait") },
    {
      title: "Errors",
      statistic: "Sum",
      metrics: [
        ...of("BrokenReleases"),
        ...of("SupersededInVain"),
        ...of("FailedRecoveries"),
        ...of("LeftUndone"),
        ...of("Redeliveries"),
        ...of("TagsWithoutRelease"),
        ...of("MovedRepositories"),
        ...of("UnprocessedDeliveries"),
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", deadLetters, { stat: "Maximum" }],
      ],
    },
  ];
}

/** Every series of a metric, or the named ones. */
function own(namespace: string, name: MetricName, only?: readonly string[]): Metric[] {
  const definition = metrics[name];
  if (!("by" in definition)) return [[namespace, name, { label: definition.title }]];
  const { dimension, values } = definition.by;
  return (only ?? values).map((value) => [namespace, name, dimension, value, { label: value }]);
}

function environmentRows(site: InstallationSite, { repositories }: Configuration): Graph[][] {
  return Object.entries(repositories).flatMap(([repository, { environments }]) =>
    Object.entries(environments).map(([name, environment]) =>
      services(`${repository} ${name}`, environment, accountAndRegion(environment, site)),
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

/** CloudWatch shows metrics of another account if that account shares them (cross-account observability). */
function accountAndRegion({ account }: EnvironmentConfiguration, site: InstallationSite): Options {
  if (account === undefined) return {};
  const [, , , , owner = site.account] = account.role.split(":");
  const region = account.region ?? site.region;
  return {
    ...(owner !== site.account && { accountId: owner }),
    ...(region !== site.region && { region }),
  };
}
