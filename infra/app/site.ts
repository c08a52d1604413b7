import { type InstallationSite, prefixOf } from "@lockmaster/installation/topology/names.ts";
import { requireSupported } from "@lockmaster/installation/topology/partition.ts";

/**
 * Account, region and name prefix of this deployment. AWS is asked first, so that every name and ARN is a plain string before any
 * resource exists.
 *
 * @throws Error in regions where Lockmaster cannot be installed
 */
export async function siteOfDeployment(): Promise<InstallationSite> {
  const [{ accountId }, { region }, { partition }] = await Promise.all([
    aws.getCallerIdentity(),
    aws.getRegion(),
    aws.getPartition(),
  ]);
  requireSupported(partition, region);
  return { account: accountId, region, partition, prefix: prefixOf($app.name, $app.stage) };
}
