import { BatchDeleteImageCommand, GetDownloadUrlForLayerCommand } from "@aws-sdk/client-ecr";
import { describe, expect, it } from "vitest";
import { failureOf } from "../../protocol/wire.fixture.ts";
import { accountId, type EcrWorld, image, push, repositoryName, sha256, startEcr } from "./ecr.fixture.ts";

describe("a download", () => {
  const urlOf = (world: EcrWorld, layerDigest: string) =>
    world.ecr.send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest }));

  it("returns the configuration of an image byte for byte", async () => {
    const world = await startEcr();
    push(world, "v1");
    const { config } = image("v1");
    const { downloadUrl = "", layerDigest } = await urlOf(world, sha256(config));
    expect(layerDigest).toBe(sha256(config));
    const answer = await fetch(downloadUrl);
    expect([answer.status, await answer.text()]).toEqual([200, config]);
  });

  it("is valid for an hour, and only for the requested digest", async () => {
    const world = await startEcr();
    push(world, "v1");
    const { downloadUrl = "" } = await urlOf(world, sha256(image("v1").config));
    expect((await fetch(downloadUrl.replace("/sha256:", "/sha256:0"))).status).toBe(403);
    await world.clock.advance(3600_000);
    expect((await fetch(downloadUrl)).status).toBe(200);
    await world.clock.advance(1000);
    const late = await fetch(downloadUrl);
    expect([late.status, await late.text()]).toEqual([403, expect.stringContaining("Request has expired")]);
  });

  it("of a layer returns NotInLocalAws", async () => {
    const world = await startEcr();
    push(world, "v1");
    const [layer = ""] = /(?<=vnd.oci.image.layer.*"digest":")sha256:[0-9a-f]+/.exec(image("v1").manifest) ?? [];
    const { downloadUrl = "" } = await urlOf(world, layer);
    const answer = await fetch(downloadUrl);
    expect([answer.status, await answer.text()]).toEqual([501, expect.stringContaining("NotInLocalAws")]);
  });

  it("is refused for a digest that was never pushed, and for one that no image references any more", async () => {
    const world = await startEcr();
    const { digest } = push(world, "v1");
    const unknown = `sha256:${"0".repeat(64)}`;
    expect(await failureOf(urlOf(world, unknown))).toMatchObject({
      name: "LayersNotFoundException",
      message: `The layer with digest '${unknown}' does not exist within the repository with name '${repositoryName}' in the registry with id '${accountId}'`,
    });
    await world.ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }] }));
    const failure = await failureOf(urlOf(world, sha256(image("v1").config)));
    expect(failure).toMatchObject({ name: "LayerInaccessibleException" });
    expect(await failureOf(urlOf(world, "latest"))).toMatchObject({ name: "InvalidParameterException" });
  });
});
