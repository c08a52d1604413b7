import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { deployerStatements } from "@lockmaster/installation/deployer/policy.ts";
import { deployerTrust, githubIssuer } from "@lockmaster/installation/deployer/trust.ts";
import { namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";

/** The role with which GitHub Actions deploys Lockmaster, if the configuration has a `deployer`: no stored keys. */
export function deployer({
  site,
  configuration,
}: {
  site: InstallationSite;
  configuration: Configuration;
}): aws.iam.Role | undefined {
  const { deployer: described, permissionsBoundary } = configuration.installation;
  if (described === undefined) return undefined;
  const provider = described.provider ?? githubProvider().arn;
  return new aws.iam.Role("Deployer", {
    name: namesOf(site.prefix).deployerRole,
    description: `Deploys Lockmaster from ${described.repository}`,
    assumeRolePolicy: $resolve([provider]).apply(([arn]) => JSON.stringify(deployerTrust(arn, described))),
    inlinePolicies: [
      {
        name: "deploy",
        policy: JSON.stringify({ Version: "2012-10-17", Statement: deployerStatements(site, configuration) }),
      },
    ],
    permissionsBoundary,
  });
}

/** An account has only one: a second installation in the account has to name it. */
function githubProvider(): aws.iam.OpenIdConnectProvider {
  return new aws.iam.OpenIdConnectProvider("GitHub", {
    url: `https://${githubIssuer}`,
    clientIdLists: ["sts.amazonaws.com"],
  });
}
