import { expect, test } from "vitest";
import type { ReleaseStatus, ReleaseSummary } from "../ledger/release-record.ts";
import { imageSizes, lastSize } from "./image-sizes.ts";

function release(id: string, status: ReleaseStatus, sizes: Record<string, number | undefined>): ReleaseSummary {
  const judgements = Object.fromEntries(
    Object.entries(sizes).map(([image, sizeBytes]) => [
      image,
      { digest: `sha256:${id}-${image}`, ...(sizeBytes !== undefined && { sizeBytes }) },
    ]),
  );
  return {
    id,
    executionArn: `arn:aws:states:eu-west-1:111122223333:execution:release:${id}`,
    startedAt: `2026-11-${id}T10:00:00.000Z`,
    kind: "deploy",
    repository: "acme/shop",
    environment: "staging",
    ref: "refs/heads/main",
    sha: id.padStart(40, "0"),
    requestedBy: { kind: "github", login: "octocat" },
    requestedAt: `2026-11-${id}T10:00:00.000Z`,
    policyHash: "0",
    status,
    judgements,
  };
}

const releases = [
  release("24", "succeeded", { frontend: 60 }),
  release("23", "rolled-back", { frontend: 90, backend: 30 }),
  release("22", "open", { frontend: 500 }),
  release("21", "succeeded", { frontend: 40, backend: undefined }),
  release("20", "unproven", { frontend: 10 }),
];

test("sizes come with their growth since the last successful release", () => {
  const listed = imageSizes(releases).map(({ at, image, sizeBytes, growthPercent }) => [
    at.slice(8, 10),
    image,
    sizeBytes,
    growthPercent,
  ]);
  expect(listed).toEqual([
    ["24", "frontend", 60, 50],
    ["23", "backend", 30, undefined],
    ["23", "frontend", 90, 125],
    ["22", "frontend", 500, 1150],
    ["21", "frontend", 40, undefined],
    ["20", "frontend", 10, undefined],
  ]);
});

test("an image is compared with the newest successful release that recorded its size", () => {
  expect(lastSize(releases, "frontend")).toBe(60);
  expect(lastSize(releases.slice(1), "frontend")).toBe(40);
  expect(lastSize(releases, "backend")).toBeUndefined();
  expect(lastSize([], "frontend")).toBeUndefined();
});
