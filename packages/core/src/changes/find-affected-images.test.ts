import { expect, test } from "vitest";
import { recipeOf } from "../config/recipe.ts";
import { configurationOf, threeServices } from "../config/configuration.fixture.ts";
import type { Difference } from "./ports.ts";
import type { InspectedService } from "../ecs/ports.ts";
import type { BuildRecord } from "../ledger/build-record.ts";
import { findAffectedImages, type CandidateCommit } from "./find-affected-images.ts";

const [older, newer, head] = ["1".repeat(40), "2".repeat(40), "3".repeat(40)];
const digests: Record<string, string> & Record<"frontend" | "backend", string> = {
  frontend: `sha256:${"a".repeat(64)}`,
  backend: `sha256:${"b".repeat(64)}`,
};
const { images, environments } = configurationOf(threeServices);

const runs = (service: string, container: string, digest: string | undefined): InspectedService => ({
  service,
  status: "ACTIVE",
  deploymentController: "ECS",
  containers: [container, "proxy"],
  digests: digest === undefined ? {} : { [container]: digest },
  uses: { families: [], roles: [] },
});
const asLeft = [
  runs("frontend", "web", digests.frontend),
  runs("backend", "api", digests.backend),
  runs("worker", "worker", digests.backend),
];

/** Every commit was built, by the recipes of the configuration above. */
const builds = Object.entries(images).map(([name, image]): BuildRecord => ({
  repository: "acme/shop",
  image: name,
  sha: older,
  recipe: recipeOf(image),
  ref: "refs/heads/main",
  attempt: 1,
  status: "succeeded",
  startedAt: "2026-11-20T10:00:00.000Z",
  digest: digests[name] ?? "",
  waiters: [],
  version: 3,
}));

async function find(change: Partial<CandidateCommit>, answer: Difference = { files: [] }) {
  const compared: string[] = [];
  const { staging } = environments;
  if (staging === undefined) throw new Error("The configuration has no staging");
  const affected = await findAffectedImages(
    {
      changes: {
        between: (_, base) => {
          compared.push(base);
          return Promise.resolve(answer);
        },
      },
      ledger: {
        build: (key) =>
          Promise.resolve(builds.find((build) => build.image === key.image && build.recipe === key.recipe)),
      },
    },
    {
      repository: "acme/shop",
      sha: head,
      images,
      environment: staging,
      last: { images: digests, builtFrom: { frontend: older, backend: newer } },
      inspected: asLeft,
      ...change,
    },
  );
  return { affected: Object.fromEntries(affected), compared };
}

test("compares once for each commit that an image was built from", async () => {
  const { compared } = await find({});
  expect(compared.toSorted()).toEqual([older, newer]);
  const same = await find({ last: { images: digests, builtFrom: { frontend: older, backend: older } } });
  expect(same.compared).toEqual([older]);
});

test("does not compare a commit with itself", async () => {
  const { affected, compared } = await find({ sha: newer }, { unknown: "no credentials" });
  expect(compared).toEqual([older]);
  expect(Object.keys(affected)).toEqual(["frontend"]);
});

test("compares nothing before the first release", async () => {
  const { affected, compared } = await find({ last: undefined });
  expect(compared).toEqual([]);
  expect(affected).toEqual({
    frontend: "no release has reached the environment yet",
    backend: "no release has reached the environment yet",
  });
});

test("deploys an image again that was changed by hand, in any container that runs it", async () => {
  const { affected, compared } = await find({
    inspected: [...asLeft.slice(0, 2), runs("worker", "worker", digests.frontend)],
  });
  expect(affected).toEqual({ backend: "container worker of worker was changed since the last release" });
  expect(compared).toEqual([older]);
});

test("does not take a tag for the recorded digest", async () => {
  const { affected } = await find({ inspected: [runs("frontend", "web", undefined), ...asLeft.slice(1)] });
  expect(Object.keys(affected)).toEqual(["frontend"]);
});

test("builds an image that the last release did not record", async () => {
  const { affected } = await find({ last: { images: digests, builtFrom: { backend: newer } } });
  expect(affected).toEqual({ frontend: "the last release did not record it" });
});

test("builds an image whose recipe has changed", async () => {
  const { frontend } = images;
  if (frontend === undefined) throw new Error("The configuration has no frontend");
  const { affected } = await find({ images: { ...images, frontend: { ...frontend, target: "debug" } } });
  expect(affected).toEqual({ frontend: "the ledger has no build of it as it is configured now" });
});
