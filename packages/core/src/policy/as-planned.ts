import * as v from "valibot";
import { Gates } from "../config/gates.ts";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import { canonicalJson, type StoredConfiguration } from "../config/stored.ts";
import { TaskDefinitions } from "../config/task-definitions.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { ReleaseKey } from "../ledger/release-ref.ts";
import { ReleaseTarget } from "../ledger/release-target.ts";

/**
 * The configuration as a release goes by it once it is planned: cluster, account, services and tasks are those of its plan, even
 * when a deployment of Lockmaster has changed or removed the environment since. Only policy may become newer, and only while it
 * belongs to the same cluster.
 *
 * @param stored the configuration now
 * @param record of the release; one of version 0.2.0 has no target, and goes by the configuration now
 */
export function asPlanned(
  stored: StoredConfiguration | undefined,
  { repository, environment }: Pick<ReleaseKey, "repository" | "environment">,
  record: Pick<ReleaseRecord, "target" | "policyHash"> | undefined,
): StoredConfiguration | undefined {
  if (record?.target === undefined) return stored;
  const target = v.parse(ReleaseTarget, record.target);
  const { configuration, hash, ...rest } = stored ?? {
    repository,
    configuration: { images: {}, environments: {} },
    hash: record.policyHash,
  };
  const { environments } = configuration;
  const now = Object.hasOwn(environments, environment) ? environments[environment] : undefined;
  const planned = { ...(now ?? withoutTrigger), ...target };
  // A policy for another cluster may name alarms and addresses that do not exist in this one.
  if (now !== undefined && isSamePlace(now, target)) {
    planned.health = now.health;
    planned.firstDeployment = now.firstDeployment;
  }
  if (target.account === undefined) delete planned.account;
  return {
    ...rest,
    hash,
    configuration: { ...configuration, environments: { ...environments, [environment]: planned } },
  };
}

/** What a removed environment has no more, and no step reads after the plan. */
const withoutTrigger = { on: {}, gates: v.parse(Gates, {}), taskDefinitions: v.parse(TaskDefinitions, {}) };

type Place = Pick<EnvironmentConfiguration, "cluster" | "account">;

const isSamePlace = (one: Place, other: Place): boolean =>
  one.cluster === other.cluster && canonicalJson(one.account ?? {}) === canonicalJson(other.account ?? {});
