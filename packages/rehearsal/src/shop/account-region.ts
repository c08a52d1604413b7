import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";

/** The account and region of an environment, where they differ from Lockmaster's own. */
export function accountRegionOf({ account }: EnvironmentConfiguration): { accountId?: string; region?: string } {
  // `arn:aws:iam::111122223333:role/name`
  const accountId = account?.role.split(":")[4];
  return {
    ...(accountId !== undefined && { accountId }),
    ...(account?.region !== undefined && { region: account.region }),
  };
}
