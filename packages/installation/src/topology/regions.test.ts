import type { ConfigurationInput } from "@lockmaster/core/config/configuration.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import { expect, test } from "vitest";
import { availabilityOf, requireOffered } from "./regions.ts";

type Installation = NonNullable<ConfigurationInput["installation"]>;
type Case = [name: string, region: string, Installation, Platform, expected: RegExp[]];
type Platform = "linux/amd64" | "linux/arm64";

const connection = "arn:aws:codeconnections:eu-west-1:111122223333:connection/0a1b2c3d";
const amd64: Installation = { builds: { platform: "linux/amd64" }, connection };

/** The lines of the refusal of a region; none when it is not refused. */
function verdictOn(region: string, installation: Installation = {}, platform: Platform = "linux/amd64"): string[] {
  const configuration = validateConfiguration({
    repositories: {
      "acme/web": {
        images: { web: { context: ".", paths: ["**"], repository: "web", platform } },
        environments: {
          live: {
            on: { branch: "main" },
            cluster: "live",
            services: { web: { service: "web", containers: { web: "web" } } },
          },
        },
      },
    },
    installation,
  });
  try {
    requireOffered(configuration, region);
    return [];
  } catch (error) {
    return error instanceof Error ? error.message.split("\n  ").slice(1) : [];
  }
}

test.each<Case>([
  ["everything where AWS has everything", "eu-west-1", { scanning: "enhanced" }, "linux/arm64", []],
  ["arm64 in Stockholm", "eu-north-1", {}, "linux/amd64", [/^installation\.builds\.platform: .*ARM_CONTAINER/]],
  ["an image for arm64", "eu-north-1", amd64, "linux/arm64", [/^repositories\["acme\/web"\]\.images\.web\.platform: /]],
  ["only amd64 in Stockholm", "eu-north-1", amd64, "linux/amd64", []],
  [
    "a new connection in Zurich",
    "eu-central-2",
    { builds: { platform: "linux/amd64" } },
    "linux/amd64",
    [/^installation\.connection: /],
  ],
  ["an existing connection in Zurich", "eu-central-2", amd64, "linux/amd64", []],
  [
    "Inspector in Auckland",
    "ap-southeast-6",
    { ...amd64, scanning: "enhanced" },
    "linux/amd64",
    [/^installation\.scanning: /],
  ],
  ["any build in Calgary", "ca-west-1", amd64, "linux/amd64", [/^installation: CodeBuild .* another region/]],
  ["what AWS has added", "ca-west-1", { ...amd64, regionOffers: ["codebuild"] }, "linux/amd64", []],
  ["a region that is newer than the table", "eu-west-9", { scanning: "enhanced" }, "linux/arm64", []],
])("%s", (_, region, installation, platform, expected) => {
  const verdict = verdictOn(region, installation, platform);
  expect(verdict).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
});

test("a region that is newer than the table is unknown", () => {
  expect(availabilityOf("codebuild", "eu-west-9")).toBe("unknown");
  expect(availabilityOf("codebuild", "eu-west-3")).toBe("offered");
});
