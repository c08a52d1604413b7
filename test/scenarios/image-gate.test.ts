import type { ImageGate } from "@lockmaster/core/config/gates.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { storedConfigurations } from "@lockmaster/core/config/stored.ts";
import { expect, test } from "vitest";
import { onEveryService, commits, openScenario, reasonOf, type Shop, statesOf } from "./shop.fixture.ts";

/** Changes staging's image gate. */
function withGate(configuration: Configuration, gate: Partial<ImageGate>): Configuration {
  const changed = structuredClone(configuration);
  const staging = changed.repositories["acme/shop"]?.environments["staging"];
  if (staging === undefined) throw new Error("The demonstration shop has no staging");
  staging.gates.image = { ...staging.gates.image, ...gate };
  return changed;
}

const gate = (change: Partial<ImageGate>) => ({
  configure: (configuration: Configuration) => withGate(configuration, change),
});

/** Changes staging's image gate as a deployment of Lockmaster does. */
async function setGate({ rehearsal }: Shop, change: Partial<ImageGate>): Promise<void> {
  for (const stored of storedConfigurations(withGate(rehearsal.configuration, change))) {
    await rehearsal.reconfigure(stored);
  }
}

test("an image that is too large is refused before any change; a Redrive passes it after the limit is raised", async () => {
  const shop = await openScenario(
    { builds: [{ image: "backend", sizeBytes: 150_000_000 }] },
    gate({ maximumMegabytes: 100 }),
  );
  const { release, execution } = await shop.release(commits.good);
  expect(execution.status).toBe("FAILED");
  expect(statesOf(execution)).not.toContain("Snapshot services");
  expect(reasonOf(execution)).toMatch(
    /^RejectedError: IMAGE_TOO_LARGE: image backend .*150000000 bytes.*limit of 100 MB/,
  );
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
  expect((await shop.record(release)).judgements?.["backend"]).toMatchObject({ sizeBytes: 150_000_000 });

  await setGate(shop, { maximumMegabytes: 200 });
  expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
  expect(await shop.builds()).toEqual(["backend aaaaaaa", "frontend aaaaaaa"]);
});

test("growth is measured from the last successful release; the first release has no limit", async () => {
  const shop = await openScenario(
    {
      builds: [
        { image: "backend", commit: "a", sizeBytes: 40_000_000 },
        { image: "backend", commit: "b", sizeBytes: 80_000_000 },
        { image: "backend", commit: "c", sizeBytes: 50_000_000 },
        { sizeBytes: 30_000_000 },
      ],
    },
    gate({ maximumGrowthPercent: 50 }),
  );
  expect((await shop.release(commits.good)).execution.status).toBe("SUCCEEDED");

  const grown = await shop.release(commits.bad);
  expect(reasonOf(grown.execution)).toMatch(/IMAGE_GREW: image backend .*100\.0 %, from 40\.0 MB .* to 80\.0 MB/);
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));

  // The refused release does not count: 50 MB is a quarter more than 40 MB.
  expect((await shop.release(commits.better)).execution.status).toBe("SUCCEEDED");
});

test("all problems of an image are named at once", async () => {
  const makes = { user: "", entrypoint: [], labels: {}, platform: "linux/amd64" };
  const labelled = { image: "frontend", makes: { labels: { team: "shop" } } };
  const shop = await openScenario({ builds: [{ image: "backend", makes }, labelled] }, gate({ labels: ["team"] }));
  const { execution } = await shop.release(commits.good);
  const reason = reasonOf(execution);
  expect(reason).toContain("IMAGE_RUNS_AS_ROOT: image backend");
  expect(reason).toContain("built for linux/amd64, and backend, worker runs on linux/arm64");
  expect(reason).toContain("ENTRYPOINT");
  expect(reason).toContain("team");
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
});

test("an image for another platform than its services run on is refused", async () => {
  const shop = await openScenario({ builds: [{ image: "frontend", makes: { platform: "linux/amd64" } }] });
  const { execution } = await shop.release(commits.good);
  expect(reasonOf(execution)).toMatch(/IMAGE_PLATFORM_WRONG: image frontend .*frontend runs on linux\/arm64/);
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
});

test("an index is judged by its image, not by its attestation", async () => {
  const backend = { image: "backend", sizeBytes: 60_000_000 };
  const shop = await openScenario({
    builds: [
      { ...backend, commit: "a", makes: { attested: true } },
      { ...backend, commit: "b", makes: { attested: true, user: "root" } },
    ],
  });
  const { release, execution } = await shop.release(commits.good);
  expect(execution.status).toBe("SUCCEEDED");
  const record = await shop.record(release);
  expect(record.judgements?.["backend"]).toMatchObject({
    digest: record.images?.["backend"],
    sizeBytes: 60_000_000,
    scan: { result: "passed" },
  });

  expect(reasonOf((await shop.release(commits.bad)).execution)).toContain("IMAGE_RUNS_AS_ROOT");
});
