import { requireStorable } from "@lockmaster/aws/ledger/item-size.ts";
import { type InstallationSite, prefixOf } from "@lockmaster/installation/topology/names.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { refuseContestedServices } from "@lockmaster/core/config/validate.ts";
import { requireOffered } from "@lockmaster/installation/topology/regions.ts";
import { requireReadable } from "@lockmaster/installation/images/repository-policy.ts";
import { requireScannable } from "@lockmaster/installation/images/scanning.ts";
import { requireRoom } from "@lockmaster/installation/permissions/installation-roles.ts";
import { requireSupported } from "@lockmaster/installation/topology/partition.ts";

/**
 * Account, region and name prefix of this deployment. AWS is asked first, so that every name and ARN is a plain string before any
 * resource exists.
 *
 * @throws Error in partitions where Lockmaster cannot be installed, and InvalidInputError CONFIGURATION_INVALID where the region
 * lacks a service that the configuration needs, two environments release to one service there, IAM or ECR has no room for policies or rules, or
 * DynamoDB none for a repository's configuration
 */
export async function siteOfDeployment(configuration: Configuration): Promise<InstallationSite> {
  const [{ accountId }, { region }, { partition }] = await Promise.all([
    aws.getCallerIdentity(),
    aws.getRegion(),
    aws.getPartition(),
  ]);
  requireSupported(partition, region);
  requireOffered(configuration, region);
  refuseContestedServices(configuration, { account: accountId, region });
  const site = { account: accountId, region, partition, prefix: prefixOf($app.name, $app.stage) };
  requireRoom({ ...site, configuration });
  requireReadable(configuration, site);
  requireScannable(configuration, site);
  requireStorable(configuration);
  return site;
}
