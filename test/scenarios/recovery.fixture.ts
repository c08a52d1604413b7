import { BatchGetBuildsCommand, CodeBuildClient, ListBuildsCommand } from "@aws-sdk/client-codebuild";
import type { ReleaseSummary } from "@lockmaster/core/ledger/release-record.ts";
import { expect } from "vitest";
import type { Shop } from "./shop.fixture.ts";

const staging = { repository: "acme/shop", environment: "staging" };

async function countRunningBuilds(shop: Shop): Promise<number> {
  const codebuild = new CodeBuildClient(shop.rehearsal.aws.clientConfig());
  const { ids = [] } = await codebuild.send(new ListBuildsCommand({}));
  const { builds = [] } = ids.length === 0 ? {} : await codebuild.send(new BatchGetBuildsCommand({ ids }));
  codebuild.destroy();
  return builds.filter(({ buildStatus }) => buildStatus === "IN_PROGRESS").length;
}

/** Expects that no release is open, has anything pending or holds the lock. @returns all releases, newest first */
export async function expectRecovered(shop: Shop): Promise<readonly ReleaseSummary[]> {
  const { ledger } = shop.rehearsal;
  expect(await ledger.agenda(undefined, 100)).toEqual([]);
  const lock = await ledger.lock(staging);
  expect(lock).toMatchObject({ dirty: false, waiters: [] });
  expect(lock.holder).toBeUndefined();
  const releases = await ledger.releases(staging.repository, staging.environment, 100);
  for (const { status, pending = [] } of releases) expect([status, ...pending]).not.toContain("open");
  expect(await countRunningBuilds(shop)).toBe(0);
  return releases;
}

/** Advances the clock by twenty minutes: longer than a recovery and the interval of reconcile take. */
export const waitForRecovery = (shop: Shop): Promise<void> => shop.clock.advance(20 * 60_000);
