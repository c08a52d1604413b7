import { BatchGetBuildsCommand, CodeBuildClient, ListBuildsCommand } from "@aws-sdk/client-codebuild";
import type { ReleaseSummary } from "@lockmaster/core/ledger/release-record.ts";
import { expect } from "vitest";
import type { Shop } from "./shop.fixture.ts";

const place = { repository: "acme/shop", environment: "staging" };

/** Builds that are under way. */
async function buildsUnderWay(shop: Shop): Promise<number> {
  const codebuild = new CodeBuildClient(shop.rehearsal.aws.clientConfig());
  const { ids = [] } = await codebuild.send(new ListBuildsCommand({}));
  const { builds = [] } = ids.length === 0 ? {} : await codebuild.send(new BatchGetBuildsCommand({ ids }));
  codebuild.destroy();
  return builds.filter(({ buildStatus }) => buildStatus === "IN_PROGRESS").length;
}

/** Nothing is left open or to be done, of whatever release. */
export async function expectRecovered(shop: Shop): Promise<readonly ReleaseSummary[]> {
  const { ledger } = shop.rehearsal;
  expect(await ledger.agenda(undefined, 100)).toEqual([]);
  const lock = await ledger.lock(place);
  expect(lock).toMatchObject({ dirty: false, waiters: [] });
  expect(lock.holder).toBeUndefined();
  const releases = await ledger.releases(place.repository, place.environment, 100);
  for (const { status, pending = [] } of releases) expect([status, ...pending]).not.toContain("open");
  expect(await buildsUnderWay(shop)).toBe(0);
  return releases;
}

/** Lets time pass until everything is settled; reconcile has come by then. */
export const waitForRecovery = (shop: Shop): Promise<void> => shop.clock.advance(20 * 60_000);
