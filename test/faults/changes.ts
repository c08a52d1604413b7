/** What a deployment of Lockmaster can change about the shop's staging while a release is under way. */
import type { RepositoryConfiguration } from "@lockmaster/core/config/schema.ts";

const changes = {
  "an image gets another name": ({ images, environments: { staging } }) => {
    images["web"] = images["frontend"] ?? fail();
    for (const { containers } of Object.values(staging?.services ?? {})) {
      for (const [container, image] of Object.entries(containers))
        if (image === "frontend") containers[container] = "web";
    }
  },
  "a service is removed": ({ environments: { staging } }) => void delete staging?.services["worker"],
  "a service gets another name": ({ environments: { staging = fail() } }) => {
    staging.services["jobs"] = staging.services["worker"] ?? fail();
    delete staging.services["worker"];
  },
  "the environment gets another cluster": ({ environments: { staging = fail() } }) => {
    staging.cluster = "another";
    staging.health.alarms = ["alarm-of-another-cluster"];
  },
  "the environment moves to another account": ({ environments: { staging = fail() } }) => {
    staging.account = { role: "arn:aws:iam::444455556666:role/lockmaster" };
  },
  "the environment gets another name": ({ environments }) => {
    environments["qa"] = environments["staging"] ?? fail();
    delete environments["staging"];
  },
  "the environment is removed": ({ environments }) => {
    // A repository has at least one.
    environments["spare"] = { ...(environments["staging"] ?? fail()), cluster: "spare" };
    delete environments["staging"];
  },
  "other families and roles are permitted": ({ environments: { staging = fail() } }) => {
    staging.taskDefinitions = { families: ["other"], roles: ["other"] };
  },
  "the policy changes": ({ environments: { staging = fail() } }) => {
    staging.health.deadlineMinutes = 9;
    staging.health.bakeSeconds = 30;
  },
} satisfies Record<string, (configuration: RepositoryConfiguration) => void>;

export type ChangeName = keyof typeof changes;

export const changeNames: readonly ChangeName[] = Object.keys(changes).filter((name) => isChange(name));

function isChange(name: string): name is ChangeName {
  return Object.hasOwn(changes, name);
}

/** A copy of the configuration with the change. */
export function changed(configuration: RepositoryConfiguration, name: ChangeName): RepositoryConfiguration {
  const copy = structuredClone(configuration);
  changes[name](copy);
  return copy;
}

function fail(): never {
  throw new Error("the demonstration shop has changed");
}
