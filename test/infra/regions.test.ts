import shipped from "../../examples/shop/lockmaster.config.ts";
import type { ConfigurationInput } from "@lockmaster/core/config/configuration.ts";
import { expect, test } from "vitest";
import { synth } from "./synth.ts";

const amd64: ConfigurationInput = structuredClone(shipped);
for (const { images } of Object.values(amd64.repositories)) {
  for (const image of Object.values(images)) image.platform = "linux/amd64";
}

/** The platforms' machines that the projects of a deployment name. */
async function machinesIn(region: string, installation: ConfigurationInput["installation"]): Promise<unknown[]> {
  const { resources } = await synth({ region, configuration: { ...amd64, installation } });
  const projects = resources.filter(({ type }) => type === "aws:codebuild/project:Project");
  return projects.map(({ inputs }) => inputs["environment"]);
}

test("a region without machines for arm64 is refused before anything is created, with the remedy for each setting", async () => {
  await expect(synth({ region: "eu-south-2" })).rejects.toThrow(
    /CONFIGURATION_INVALID: the configuration needs services that eu-south-2 does not have, as of 2026-\d\d-\d\d:\n {2}installation\.builds\.platform: .* not offered in eu-south-2: write "linux\/amd64"\n {2}repositories\["acme\/shop"\]\.images\.frontend\.platform: [\s\S]*installation\.connection: CodeConnections is not offered in eu-south-2: create a connection in another region/,
  );
});

test("there, projects and images for amd64 with a connection of another region are installed", async () => {
  const connection = "arn:aws:codeconnections:eu-west-1:111122223333:connection/0a1b2c3d-0000-4000-8000-000000000000";
  const machines = await machinesIn("eu-south-2", { builds: { platform: "linux/amd64" }, connection });
  expect(machines).toHaveLength(2);
  for (const machine of machines) {
    expect(machine).toMatchObject({
      type: "LINUX_CONTAINER",
      image: "aws/codebuild/amazonlinux-x86_64-standard:5.0",
      privilegedMode: true,
    });
  }
});

test("a service that AWS has added to the region since is named in the configuration", async () => {
  const { resources } = await synth({
    region: "eu-north-1",
    configuration: { ...shipped, installation: { regionOffers: ["codebuild-arm64"] } },
  });
  expect(resources.length).toBeGreaterThan(0);
});
