/** Which of the AWS services that Lockmaster needs are offered in which region. ECS, ECR, Lambda, Step Functions are in all of them. */
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { RegionalService } from "@lockmaster/core/config/installation.ts";
import { InvalidInputError } from "@lockmaster/core/lib/errors.ts";
import { formatPath } from "@lockmaster/core/lib/parse.ts";

/** The day of the newest source below. AWS adds services to regions: `installation.regionOffers` names those that came later. */
export const regionsAsOf = "2026-05-20";

const list = (text: string): string[] => text.trim().split(/\s+/);

/** The regions of the partition `aws` in the endpoint data of botocore 1.43.11, https://github.com/boto/botocore. */
const regions = list(`
    af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2
    ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6
    ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2
    eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1
    us-east-2 us-west-1 us-west-2
  `);

const without = (...absent: readonly string[]): string[] => regions.filter((region) => !absent.includes(region));

const offered: Readonly<Record<RegionalService, readonly string[]>> = {
  /** https://docs.aws.amazon.com/general/latest/gr/codebuild.html, and the endpoint data of botocore */
  codebuild: without("ap-east-2", "ca-west-1", "mx-central-1"),
  /**
   * The environment type `ARM_CONTAINER`. AWS's documents differ: eight regions in
   * https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsCodeBuildProjectEnvironment.html, with Singapore and São Paulo
   * ten (of fleets) in https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateFleet.html. More may have it.
   */
  "codebuild-arm64": list(`
    ap-northeast-1 ap-south-1 ap-southeast-1 ap-southeast-2 eu-central-1 eu-west-1 sa-east-1 us-east-1
    us-east-2 us-west-2
  `),
  /**
   * Where connections can be created: https://docs.aws.amazon.com/general/latest/gr/codeconnections.html. An existing one can be
   * used in every region: https://docs.aws.amazon.com/dtconsole/latest/userguide/welcome-connections-how-it-works-global.html
   */
  codeconnections: list(`
    ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1
    eu-north-1 eu-south-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1
    us-west-2
  `),
  /** https://docs.aws.amazon.com/inspector/latest/user/inspector_regions.html, and the endpoint data of botocore */
  inspector: without("ap-southeast-6"),
};

export type Availability = "offered" | "absent" | "unknown";

/** @returns `unknown` for a region that is newer than the table */
export function availabilityOf(service: RegionalService, region: string): Availability {
  if (!regions.includes(region)) return "unknown";
  return offered[service].includes(region) ? "offered" : "absent";
}

/** A setting that needs a service of the region. */
export type RegionalNeed = {
  service: RegionalService;
  /** Path of the setting. */
  path: string;
  /** What to write instead. */
  remedy: string;
};

/** The regional services that a configuration needs, each setting by itself. */
export function regionalNeedsOf({ repositories, installation }: Configuration): RegionalNeed[] {
  const needs: RegionalNeed[] = [
    {
      service: "codebuild",
      path: "installation",
      remedy: "install Lockmaster in another region; environments can be in this one: set their account.region",
    },
  ];
  const amd64 = 'write "linux/amd64"';
  if (installation.builds.platform === "linux/arm64") {
    needs.push({ service: "codebuild-arm64", path: "installation.builds.platform", remedy: amd64 });
  }
  for (const [repository, { images }] of Object.entries(repositories)) {
    for (const [image, { platform }] of Object.entries(images)) {
      if (platform !== "linux/arm64") continue;
      const path = formatPath(["repositories", repository, "images", image, "platform"]);
      const remedy = `${amd64}, and let its task definitions run on X86_64`;
      needs.push({ service: "codebuild-arm64", path, remedy });
    }
  }
  if (installation.connection === undefined) {
    const remedy = "create a connection in another region, for example eu-west-1, and write its ARN here";
    needs.push({ service: "codeconnections", path: "installation.connection", remedy });
  }
  if (installation.scanning === "enhanced") {
    needs.push({ service: "inspector", path: "installation.scanning", remedy: 'write "basic" or "registry"' });
  }
  return needs;
}

export const serviceNames: Readonly<Record<RegionalService, string>> = {
  codebuild: "CodeBuild",
  "codebuild-arm64": "CodeBuild's machines for arm64 (ARM_CONTAINER)",
  codeconnections: "CodeConnections",
  inspector: "Amazon Inspector",
};

/**
 * @throws InvalidInputError CONFIGURATION_INVALID that lists every setting which needs a service that the region does not have;
 * regions that are newer than the table are not refused
 */
export function requireOffered(configuration: Configuration, region: string): void {
  const { regionOffers } = configuration.installation;
  const problems = regionalNeedsOf(configuration).filter(
    ({ service }) => availabilityOf(service, region) === "absent" && !regionOffers.includes(service),
  );
  if (problems.length === 0) return;
  const lines = problems.map(
    ({ service, path, remedy }) => `\n  ${path}: ${serviceNames[service]} is not offered in ${region}: ${remedy}`,
  );
  const services = [...new Set(problems.map(({ service }) => JSON.stringify(service)))].join(", ");
  throw new InvalidInputError(
    `the configuration needs services that ${region} does not have, as of ${regionsAsOf}:${lines.join("")}\n` +
      `If AWS offers them there by now, set installation.regionOffers: [${services}], and deploy again.`,
    { code: "CONFIGURATION_INVALID" },
  );
}
