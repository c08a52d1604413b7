import { RepositoryBuilds } from "@lockmaster/core/config/builds.ts";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { commits, onEveryService, openScenario, reasonOf } from "./shop.fixture.ts";

/** A release of a commit whose backend has a submodule and a file of Git LFS. */
async function releaseWith(settings: v.InferInput<typeof RepositoryBuilds>) {
  const source = { submodules: ["backend/proto"], lfs: ["backend/model.bin"] };
  const shop = await openScenario(
    { builds: [{ source }] },
    {
      configure(configuration) {
        configuration.installation.builds.repositories["acme/shop"] = v.parse(RepositoryBuilds, settings);
        return configuration;
      },
    },
  );
  return { shop, ...(await shop.release(commits.good)) };
}

describe("a commit with a submodule and a file of Git LFS", () => {
  test.each([
    [{ lfs: true }, "The submodule backend/proto is not fetched: set submodules in installation.builds"],
    [{ submodules: true }, "backend/model.bin is a pointer of Git LFS: set lfs in installation.builds"],
  ])("is not released with %j, and the message says what to set", async (settings, reason) => {
    const { shop, execution } = await releaseWith(settings);
    expect(execution.status).toBe("FAILED");
    expect(reasonOf(execution)).toMatch(/BUILD_FAILED: .*image backend .* in phase PRE_BUILD/);
    expect(reasonOf(execution)).toContain(reason);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
  });

  test("is released when its projects fetch both", async () => {
    const { shop, execution } = await releaseWith({ submodules: true, lfs: true });
    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
  });
});
