import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { DeployerStatement } from "./statement.ts";
import { imageRepositories, type ImageRepository } from "../images/image-repositories.ts";
import type { InstallationSite } from "../topology/names.ts";

/**
 * ECR repositories: creating and setting them up; nothing is deleted, and no image read or written. Who may pull across accounts is
 * said of those alone that are created here and pulled from so.
 */
export function imageStatements(place: InstallationSite, configuration: Configuration): DeployerStatement[] {
  const { existing } = configuration.installation.registries;
  const shared = imageRepositories(configuration, place).filter(
    ({ repository, readers }) => readers.length > 0 && !existing.includes(repository),
  );
  return [
    anyRepository(place),
    ...(shared.length > 0 ? [readers(place, shared)] : []),
    ...(configuration.installation.scanning === "enhanced" ? [inspector] : []),
  ];
}

/** A policy has no room for the names of many. */
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

/** What ECR does in the name of who sets it to Amazon Inspector: docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-iam.html */
const inspector: DeployerStatement = {
  Sid: "Inspector",
  Effect: "Allow",
  Action: ["inspector2:Enable", "inspector2:ListAccountPermissions"],
  Resource: ["*"],
};
