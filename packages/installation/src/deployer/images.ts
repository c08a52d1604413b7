import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { DeployerStatement } from "./statement.ts";
import { imageRepositories, type ImageRepository } from "../images/image-repositories.ts";
import type { InstallationSite } from "../topology/names.ts";

/**
 * The deployer creates and configures ECR repositories. It deletes no repository, and reads and writes no image. It sets the
 * cross-account pull policy only of repositories that the installation creates and that another account pulls from.
 */
export function imageStatements(site: InstallationSite, configuration: Configuration): DeployerStatement[] {
  const { existing } = configuration.installation.registries;
  const shared = imageRepositories(configuration, site).filter(
    ({ repository, readers }) => readers.length > 0 && !existing.includes(repository),
  );
  return [
    anyRepository(site),
    ...(shared.length > 0 ? [readers(site, shared)] : []),
    ...(configuration.installation.scanning === "enhanced" ? [inspector, inspectorRole(site)] : []),
  ];
}

/** A policy has no room for many repository names. */
const anyRepository = ({ partition, region, account }: InstallationSite): DeployerStatement => ({
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
  Resource: [`arn:${partition}:ecr:${region}:${account}:repository/*`],
});

const readers = (
  { partition, region, account }: InstallationSite,
  repositories: readonly ImageRepository[],
): DeployerStatement => ({
  Sid: "ImageReaders",
  Effect: "Allow",
  Action: ["ecr:DeleteRepositoryPolicy", "ecr:SetRepositoryPolicy"],
  Resource: repositories.map(({ repository }) => `arn:${partition}:ecr:${region}:${account}:repository/${repository}`),
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
