import { type InstallationSite, prefixOf } from "@lockmaster/installation/topology/names.ts";
import { requireSupported } from "@lockmaster/installation/topology/partition.ts";

/**
 * Where this deployment goes: asked of AWS first, so that every name and ARN is a plain text before anything exists.
 *
 * @throws Error where Lockmaster cannot be installed
 */
export async function placeOfDeployment(): Promise<InstallationSite> {
  const [{ accountId }, { region }, { partition }] = await Promise.all([
    aws.getCallerIdentity(),
    aws.getRegion(),
    aws.getPartition(),
  ]);
  requireSupported(partition, region);
  return { account: accountId, region, partition, prefix: prefixOf($app.name, $app.stage) };
}
