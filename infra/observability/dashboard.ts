import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { dashboardBody } from "@lockmaster/installation/observability/dashboard-body.ts";
import { namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";

/** One dashboard for the installation: releases, and every configured service. */
export function dashboard({
  place,
  configuration,
}: {
  place: InstallationSite;
  configuration: Configuration;
}): aws.cloudwatch.Dashboard {
  return new aws.cloudwatch.Dashboard("Dashboard", {
    dashboardName: namesOf(place.prefix).dashboard,
    dashboardBody: JSON.stringify(dashboardBody(place, configuration)),
  });
}
