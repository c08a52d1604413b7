import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { DeployerStatement } from "./statement.ts";
import { imageRepositories, type ImageRepository } from "../images/image-repositories.ts";
import type { InstallationSite } from "../topology/names.ts";

/**
 * The deployer creates and configures the ECR repositories that the installation owns, each by its name. It deletes no repository,
 * and reads and writes no image. It sets the cross-account pull policy only of those that another account pulls from.
 *
 * A repository that is new in the configuration is not among them before an operator's deployment has added it: the deployer cannot
 * change its own rights.
 */
export function imageStatements(site: InstallationSite, configuration: Configuration): DeployerStatement[] {
  const { existing } = configuration.installation.registries;
  const owned = imageRepositories(configuration, site).filter(({ repository }) => !existing.includes(repository));
  const shared = owned.filter(({ readers: accounts }) => accounts.length > 0);
  return [
    ...(owned.length > 0 ? [ownRepositories(site, owned)] : []),
    ...(shared.length > 0 ? [readers(site, shared)] : []),
  ];
}

/** For Amazon Inspector, if the installation switches the account to it. */
export const scanningStatements = (site: InstallationSite, { installation }: Configuration): DeployerStatement[] =>
  installation.scanning === "enhanced" ? [inspector, inspectorRole(site)] : [];

const arnOf = ({ partition, region, account }: InstallationSite, repository: string): string =>
  `arn:${partition}:ecr:${region}:${account}:repository/${repository}`;

const ownRepositories = (site: InstallationSite, owned: readonly ImageRepository[]): DeployerStatement => ({
  Sid: "ImageRepositories",
  Effect: "Allow",
  Action: [
    "ecr:CreateRepository",
    "ecr:DeleteLifecyclePolicy",
    "ecr:DescribeRepositories",
    "ecr:GetLifecyclePolicy",
    "ecr:GetRepositoryPolicy",
    "ecr:ListTagsForResource",
    "ecr:PutImageScanningConfiguration",
    "ecr:PutImageTagMutability",
    "ecr:PutLifecyclePolicy",
    "ecr:TagResource",
    "ecr:UntagResource",
  ],
  Resource: owned.flatMap(({ repository }) => [arnOf(site, repository), arnOf(site, `${repository}-cache`)]),
});

const readers = (site: InstallationSite, repositories: readonly ImageRepository[]): DeployerStatement => ({
  Sid: "ImageReaders",
  Effect: "Allow",
  Action: ["ecr:DeleteRepositoryPolicy", "ecr:SetRepositoryPolicy"],
  Resource: repositories.map(({ repository }) => arnOf(site, repository)),
});

/**
 * What ECR calls on behalf of the caller that switches it to Amazon Inspector or back.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-iam.html
 */
const inspector: DeployerStatement = {
  Sid: "Inspector",
  Effect: "Allow",
  Action: ["inspector2:Disable", "inspector2:Enable", "inspector2:ListAccountPermissions"],
  Resource: ["*"],
};

/** The first caller that enables Amazon Inspector in an account also creates Inspector's service-linked role. */
const inspectorRole = ({ partition, account }: InstallationSite): DeployerStatement => ({
  Sid: "InspectorRole",
  Effect: "Allow",
  Action: ["iam:CreateServiceLinkedRole"],
  Resource: [`arn:${partition}:iam::${account}:role/aws-service-role/inspector2.amazonaws.com/*`],
  Condition: { StringEquals: { "iam:AWSServiceName": "inspector2.amazonaws.com" } },
});
