import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { WaiverLedger, WaiverWriter } from "@lockmaster/core/gates/waivers.ts";
import type { Ledger } from "@lockmaster/core/ledger-ports.ts";
import { ledgerAgenda } from "./ledger-agenda.ts";
import { ledgerBuilds } from "./ledger-builds.ts";
import { ledgerConfiguration, type ConfigurationWriter } from "./ledger-configuration.ts";
import { ledgerLock } from "./ledger-lock.ts";
import { ledgerPullRequests } from "./ledger-pull-requests.ts";
import { ledgerReconcile } from "./ledger-reconcile.ts";
import { ledgerReleases } from "./ledger-releases.ts";
import { ledgerTable } from "./ledger-table.ts";
import { ledgerWaivers } from "./ledger-waivers.ts";

/**
 * The ledger in one DynamoDB table with the keys `pk` and `sk`:
 *
 * | pk | sk |
 * |---|---|
 * | `owner/name` | `configuration` |
 * | `owner/name` | `waiver#addedAt#id` |
 * | `owner/name` | `build#image#sha#recipe` |
 * | `owner/name#environment` | `release#startedAt#id` |
 * | `owner/name#environment` | `lock` |
 * | `agenda` | ARN of an execution |
 * | `reconcile` | `progress`, `delivery#GUID` |
 * | `owner/name#checks` | `pull-request#refs/pull/7/head` |
 */
export function dynamodbLedger(
  client: DynamoDBClient,
  tableName: string,
): Ledger & ConfigurationWriter & WaiverLedger & WaiverWriter {
  const table = ledgerTable(client, tableName);
  return {
    ...ledgerConfiguration(table),
    ...ledgerReleases(table),
    ...ledgerAgenda(table),
    ...ledgerReconcile(table),
    ...ledgerBuilds(table),
    ...ledgerPullRequests(table),
    ...ledgerWaivers(table),
    ...ledgerLock(table),
  };
}
