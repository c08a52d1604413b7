import { BatchGetBuildsCommand, CodeBuildClient, ListBuildsCommand } from "@aws-sdk/client-codebuild";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { expect, test } from "vitest";
import { commits, openScenario, reasonOf, statesOf, type Release, type Shop } from "./shop.fixture.ts";

const repository = "acme/shop";
const { good } = commits;

/** A new account's quota: one build at a time, of which five more can be queued. */
const quotas = [{ service: "codebuild", name: "Concurrently running builds for ARM/Small environment", value: 1 }];

/** The demonstration with more images, each of a service of its own in staging. */
function withImages(count: number): (configuration: Configuration) => Configuration {
  return (configuration) => {
    const shop = configuration.repositories[repository];
    const backend = shop?.images["backend"];
    const staging = shop?.environments["staging"];
    if (shop === undefined || backend === undefined || staging === undefined) throw new Error("no shop");
    const names = Array.from({ length: count - 2 }, (_, index) => `part-${index + 1}`);
    const images = names.map((name) => [
      name,
      { ...backend, context: name, paths: [`${name}/**`], repository: `shop/${name}` },
    ]);
    const services = names.map((name) => [name, { service: name, containers: { app: name } }]);
    return {
      ...configuration,
      repositories: {
        [repository]: {
          images: { ...shop.images, ...Object.fromEntries(images) },
          environments: { staging: { ...staging, services: { ...staging.services, ...Object.fromEntries(services) } } },
        },
      },
    };
  };
}

const openWith = (images: number): Promise<Shop> => openScenario({ quotas }, { configure: withImages(images) });

/** Commits of all builds, in the order in which they were started. */
async function startedBuilds(shop: Shop): Promise<string[]> {
  const codebuild = new CodeBuildClient(shop.rehearsal.aws.clientConfig());
  const { ids = [] } = await codebuild.send(new ListBuildsCommand({ sortOrder: "ASCENDING" }));
  const { builds = [] } = await codebuild.send(new BatchGetBuildsCommand({ ids }));
  codebuild.destroy();
  return builds.map(({ sourceVersion = "" }) => sourceVersion);
}

const failedTasks = (shop: Shop, release: Release): number =>
  shop.execution(release).history.filter(({ type }) => type === "MapIterationFailed").length;

test.each([7, 20])("%i images get through on an account that runs one build at a time", async (count) => {
  const shop = await openWith(count);
  const { release, execution } = await shop.release(good);
  expect(execution.status, reasonOf(execution)).toBe("SUCCEEDED");
  expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
  expect(await startedBuilds(shop)).toHaveLength(count);
  expect(failedTasks(shop, release)).toBe(0);
  // A waiting image polls when it is woken, and four times in the first twenty minutes.
  expect(statesOf(execution).filter((state) => state === "Build image").length).toBeLessThanOrEqual(5 * count);
  expect(await shop.rehearsal.ledger.buildSlots()).toMatchObject({ waiters: {} });
});

test("a build that waits for a slot says so in its record", async () => {
  const shop = await openWith(9);
  const release = await shop.startRelease(good);
  await shop.waitForState(release, "Build image");
  await shop.clock.advance(20_000);
  const { waiters } = await shop.rehearsal.ledger.buildSlots();
  expect(Object.values(waiters)).toHaveLength(3);
  for (const waiter of Object.values(waiters)) {
    expect(waiter).toMatchObject({ execution: release.executionArn, rank: "release" });
    expect(await shop.rehearsal.ledger.build(waiter)).toMatchObject({
      status: "starting",
      waitsForSlotSince: waiter.since,
    });
  }
  expect((await shop.waitForEnd(release)).status).toBe("SUCCEEDED");
});

test("builds of other tools, whose end Lockmaster does not see, delay a release by minutes only", async () => {
  const lost = { source: "aws.codebuild", detailType: "CodeBuild Build State Change", happens: "lost" } as const;
  const shop = await openScenario({ quotas, events: [lost] }, { configure: withImages(8) });
  const { execution } = await shop.release(good);
  expect(execution.status, reasonOf(execution)).toBe("SUCCEEDED");
});
