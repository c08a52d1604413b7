import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { deployerPolicies } from "@lockmaster/installation/deployer/policies.ts";
import type { DeployerStatement } from "@lockmaster/installation/deployer/statement.ts";
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
  const { inline, managed } = deployerPolicies(site, configuration);
  const name = namesOf(site.prefix).deployerRole;
  return new aws.iam.Role("Deployer", {
    name,
    description: `Deploys Lockmaster from ${described.repository}`,
    assumeRolePolicy: $resolve([provider]).apply(([arn]) => JSON.stringify(deployerTrust(arn, described))),
    inlinePolicies: [{ name: "deploy", policy: documentOf(inline) }],
    ...(managed.length > 0 && {
      managedPolicyArns: managed.map((statements, index) => imagePolicy(`${name}-images-${index + 1}`, statements)),
    }),
    permissionsBoundary,
  });
}

const imagePolicy = (name: string, statements: readonly DeployerStatement[]) =>
  new aws.iam.Policy(name, { name, policy: documentOf(statements) }).arn;

const documentOf = (statements: readonly DeployerStatement[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** An account has only one: a second installation in the account has to name it. */
function githubProvider(): aws.iam.OpenIdConnectProvider {
  return new aws.iam.OpenIdConnectProvider("GitHub", {
    url: `https://${githubIssuer}`,
    clientIdLists: ["sts.amazonaws.com"],
  });
}
