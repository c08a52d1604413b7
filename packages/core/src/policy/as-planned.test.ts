import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import shipped from "../../../../examples/shop/lockmaster.config.ts";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import { storedConfigurations, type StoredConfiguration } from "../config/stored.ts";
import { validateConfiguration } from "../config/validate.ts";
import { arbitraryRecord } from "../ledger/arbitrary-record.fixture.ts";
import { ReleaseTarget, targetOf } from "../ledger/release-target.ts";
import { asPlanned } from "./as-planned.ts";
import { policyOf } from "./policy.ts";

const repository = "acme/shop";
const release = { repository, environment: "staging" };

function stored(): StoredConfiguration {
  const found = storedConfigurations(validateConfiguration(shipped)).find((one) => one.repository === repository);
  if (found === undefined) throw new Error("the demonstration shop has changed");
  return found;
}

const staging = (): EnvironmentConfiguration => policyOf(release, stored()).environment;
const recorded = { target: targetOf(staging()), policyHash: "planned" };

/** The configuration now, with another staging. */
function changed(change: (environment: EnvironmentConfiguration) => void): StoredConfiguration {
  const now = stored();
  change(policyOf(release, now).environment);
  return now;
}

const seen = (now: StoredConfiguration | undefined) => policyOf(release, asPlanned(now, release, recorded)).environment;

test("a release goes by the cluster, account, services and tasks of its plan, whatever the configuration is now", () => {
  fc.assert(
    fc.property(arbitraryRecord(ReleaseTarget), fc.boolean(), (other, isRemoved) => {
      const now = changed((environment) => void Object.assign(environment, other));
      if (isRemoved) delete now.configuration.environments["staging"];
      const { cluster, account, services, tasks } = seen(now);
      const { target } = recorded;
      expect({ cluster, account, services, tasks }).toEqual({
        cluster: target.cluster,
        account: target.account,
        services: target.services,
        tasks: target.tasks,
      });
    }),
  );
});

describe("policy", () => {
  const longer = (environment: EnvironmentConfiguration) => void (environment.health.deadlineMinutes = 99);

  test("becomes newer", () => {
    expect(seen(changed(longer)).health.deadlineMinutes).toBe(99);
  });

  test.each([
    ["the environment has another cluster now", (environment: EnvironmentConfiguration) => (environment.cluster = "b")],
    [
      "the environment is in another account now",
      (environment: EnvironmentConfiguration) => (environment.account = { role: "arn:aws:iam::444455556666:role/b" }),
    ],
  ])("stays as it was when %s", (_, move) => {
    const now = changed((environment) => {
      longer(environment);
      move(environment);
    });
    expect(seen(now).health).toEqual(recorded.target.health);
  });

  test("stays as it was when the environment, or the whole repository, is removed", () => {
    const removed = stored();
    delete removed.configuration.environments["staging"];
    expect(seen(removed).health).toEqual(recorded.target.health);
    expect(seen(undefined).health).toEqual(recorded.target.health);
  });
});

test("other environments and the images are those of now", () => {
  const now = changed((environment) => void (environment.cluster = "b"));
  const { configuration, hash } = asPlanned(now, release, recorded) ?? now;
  expect(hash).toBe(now.hash);
  expect(configuration.images).toEqual(now.configuration.images);
  expect(configuration.environments["production"]).toEqual(now.configuration.environments["production"]);
});

test("a record of version 0.2.0 has no target: the configuration of now counts", () => {
  const now = changed((environment) => void (environment.cluster = "b"));
  expect(asPlanned(now, release, { policyHash: "planned" })).toBe(now);
  expect(asPlanned(now, release, undefined)).toBe(now);
});
