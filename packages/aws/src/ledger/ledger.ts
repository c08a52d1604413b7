import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { IdentityWriter, Ledger, WaiverLedger, WaiverWriter } from "@lockmaster/core/ledger/ports.ts";
import { ledgerAgenda } from "./agenda.ts";
import { ledgerBuildSlots } from "./build-slots.ts";
import { ledgerBuilds } from "./builds.ts";
import { ledgerConfiguration, type ConfigurationWriter } from "./configuration.ts";
import { ledgerLock } from "./lock.ts";
import { ledgerOrigins } from "./origins.ts";
import { ledgerPullRequests } from "./pull-requests.ts";
import { ledgerReconcile } from "./reconcile.ts";
import { ledgerReleases } from "./releases.ts";
import { ledgerTable } from "./table.ts";
import { ledgerWaivers } from "./waivers.ts";
import { clientOptions, type CallLimits } from "../lib/client-options.ts";

/** @param limits of one call; the default suits a step of the state machine */
export const dynamodbClient = (limits?: CallLimits) => new DynamoDBClient(clientOptions(limits));

/**
 * The ledger in one DynamoDB table with the keys `pk` and `sk`:
 *
 * | pk | sk |
 * |---|---|
 * | `configuration#owner/name` | `configuration` |
 * | `waivers#owner/name` | `waiver#addedAt#id` |
 * | `identity#owner/name` | `identity` |
 * | `starts#owner/name` | `environment#name of an execution` |
 * | `owner/name` | `build#image#sha#recipe`; of version 0.2.0: `configuration`, `waiver#addedAt#id` |
 * | `owner/name#environment` | `release#startedAt#id` |
 * | `owner/name#environment` | `lock` |
 * | `agenda` | ARN of an execution |
 * | `repositories` | `repository#owner/name` |
 * | `repository-ids` | `id#GitHub's id` |
 * | `reconcile` | `progress`, `delivery#GUID` |
 * | `build-slots` | `queue` |
 * | `owner/name#checks` | `pull-request#refs/pull/7/head` |
 *
 * Policies keep each function to the partition keys that it writes: `partitions.ts` of the installation's permissions.
 */
export function dynamodbLedger(
  client: DynamoDBClient,
  tableName: string,
): Ledger & ConfigurationWriter & IdentityWriter & WaiverLedger & WaiverWriter {
  const table = ledgerTable(client, tableName);
  return {
    ...ledgerConfiguration(table),
    ...ledgerReleases(table),
    ...ledgerOrigins(table),
    ...ledgerAgenda(table),
    ...ledgerReconcile(table),
    ...ledgerBuilds(table),
    ...ledgerBuildSlots(table),
    ...ledgerPullRequests(table),
    ...ledgerWaivers(table),
    ...ledgerLock(table),
  };
}
