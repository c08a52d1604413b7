import type { ImageConfiguration } from "../config/schema.ts";
import type { StartBuildRequest } from "./ports.ts";

type Platform = ImageConfiguration["platform"];

/**
 * The machine that CodeBuild builds an image on: one of the image's platform, since emulation takes many times as long.
 * https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html
 */
export const buildMachines: Readonly<Record<Platform, NonNullable<StartBuildRequest["machine"]>>> = {
  "linux/arm64": { type: "ARM_CONTAINER", image: "aws/codebuild/amazonlinux-aarch64-standard:3.0" },
  "linux/amd64": { type: "LINUX_CONTAINER", image: "aws/codebuild/amazonlinux-x86_64-standard:5.0" },
};
