import type { ProjectEnvironment } from "@aws-sdk/client-codebuild";
import type { Parsed } from "../../protocol/service.ts";
import { invalidInput } from "./errors.ts";

/**
 * CodeBuild's own images are for machines of one architecture: `docs.aws.amazon.com/codebuild/latest/userguide/ec2-compute-images.html`.
 * The message is AWS's: github.com/aws/copilot-cli/issues/3110, github.com/aws/aws-cdk/issues/35368.
 *
 * @throws AwsError InvalidInputException for a curated image on a machine of another architecture
 */
export function requireFittingImage({
  type,
  image,
  computeType,
}: Pick<Parsed<ProjectEnvironment>, "type" | "image" | "computeType">): void {
  if (!image.startsWith("aws/codebuild/")) return;
  const isForArm = image.includes("aarch64");
  const isArm = type.startsWith("ARM_");
  if (isForArm === isArm) return;
  throw invalidInput(
    `AWS CodeBuild curated image ${image} is not supported for projects with environment type ${type} and compute type ${computeType}`,
  );
}
