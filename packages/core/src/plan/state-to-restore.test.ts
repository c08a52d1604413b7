import { describe, expect, test } from "vitest";
import { configurationOf } from "../config/configuration.fixture.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import { stateLeftBy, stateBefore } from "./state-to-restore.ts";

const family = (name: string) => `arn:aws:ecs:eu-west-1:111122223333:task-definition/${name}`;
const before = (name: string, digest: string) => ({
  taskDefinition: family(name),
  digests: { [name.split(":")[0] ?? ""]: digest },
  desiredCount: 2,
});
const record: ReleaseRecord = {
  id: "one",
  executionArn: "arn:one",
  startedAt: "2026-11-20T10:00:00.000Z",
  kind: "deploy",
  repository: "acme/shop",
  environment: "staging",
  ref: "refs/heads/main",
  sha: "a".repeat(40),
  requestedBy: { kind: "operator", name: "ops" },
  requestedAt: "2026-11-20T10:00:00.000Z",
  policyHash: "0",
  status: "succeeded",
  snapshot: { web: before("web:1", "sha256:w1"), api: before("api:7", "sha256:a7") },
  intents: { web: { at: "2026-11-20T10:05:00.000Z", taskDefinition: family("web:2") } },
  services: { web: { web: "sha256:w2" }, api: { api: "sha256:a7" } },
};
const image = { context: ".", repository: "shop/x", paths: ["**"] };
const configuration = configurationOf({
  images: { web: image, api: image, new: image },
  environments: {
    staging: {
      on: { branch: "main" },
      cluster: "shop",
      services: Object.fromEntries(
        ["web", "api", "new"].map((name) => [name, { service: name, containers: { [name]: name } }]),
      ),
    },
  },
});
const services = configuration.environments["staging"]?.services ?? {};

describe("the state that a release left", () => {
  test("has what it deployed and what it kept, without services that were added later", () => {
    const at = "2026-11-20T12:00:00.000Z";
    expect(stateLeftBy(record, services, at)).toMatchObject({
      snapshot: {
        web: { taskDefinition: family("web:2"), digests: { web: "sha256:w2" }, desiredCount: 2 },
        api: { taskDefinition: family("api:7"), digests: { api: "sha256:a7" }, desiredCount: 2 },
      },
      intents: { web: { at }, api: { at } },
      leftBy: { id: "one" },
    });
  });

  test("has no service that was removed from the configuration", () => {
    const { api: _, ...others } = services;
    expect(Object.keys(stateLeftBy(record, others, "").snapshot)).toEqual(["web"]);
  });
});

describe("the state before a release that ended midway", () => {
  const last = { ...record, id: "last", services: { web: { web: "sha256:w1" }, api: { api: "sha256:a7" } } };

  test("is its snapshot, for the services that it changed, and was left by the last success", () => {
    const { snapshot, intents } = record;
    expect(stateBefore(record, last)).toEqual({ snapshot, intents, leftBy: last, commit: last });
  });

  test.each([
    [
      "something else changed a service since",
      { ...last, services: { ...last.services, web: { web: "sha256:other" } } },
    ],
    ["the last success did not know a service", { ...last, services: { web: { web: "sha256:w1" } } }],
    ["nothing succeeded before", undefined],
  ])("was left by no recorded release when %s", (_, success) => {
    expect(stateBefore(record, success).leftBy).toBeUndefined();
  });
});
