import { type Place, prefixOf } from "./names.ts";

/**
 * Where this deployment goes: asked of AWS first, so that every name and ARN is a plain text before anything exists.
 *
 * @throws Error where Lockmaster cannot be installed
 */
export async function placeOfDeployment(): Promise<Place> {
  const [{ accountId }, { region }, { partition }] = await Promise.all([
    aws.getCallerIdentity(),
    aws.getRegion(),
    aws.getPartition(),
  ]);
  requireSupported(partition, region);
  return { account: accountId, region, partition, prefix: prefixOf($app.name, $app.stage) };
}

/**
 * The definition of the state machine names the integrations of one partition, and nobody has tried another.
 *
 * @throws Error in China, GovCloud and wherever else ARNs do not begin in `arn:aws:`
 */
export function requireSupported(partition: string, region: string): void {
  if (partition === "aws") return;
  throw new Error(
    `Lockmaster cannot be installed in ${region}, which is of the partition ${partition}: ` +
      "statemachine/release.asl.json is written for the partition aws. Choose a region outside of China and GovCloud.",
  );
}
