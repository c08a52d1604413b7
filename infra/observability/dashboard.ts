import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { dashboardBody } from "@lockmaster/installation/observability/dashboard-body.ts";
import { namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";

/** One dashboard for releases and every configured service. */
export function dashboard({
  site,
  configuration,
}: {
  site: InstallationSite;
  configuration: Configuration;
}): aws.cloudwatch.Dashboard {
  return new aws.cloudwatch.Dashboard("Dashboard", {
    dashboardName: namesOf(site.prefix).dashboard,
    dashboardBody: JSON.stringify(dashboardBody(site, configuration)),
  });
}
