import { executionName } from "@lockmaster/core/lib/names.ts";
import type { ReleaseSummary } from "@lockmaster/core/ledger/release-record.ts";
import type { RollbackInput } from "@lockmaster/core/contract/release-input.ts";
import { findRollbackTarget, findSuccessfulReleases } from "@lockmaster/core/plan/find-rollback-target.ts";
import { environmentOf } from "@lockmaster/core/policy/service-of-release.ts";
import { Command } from "commander";
import { withWhere } from "./freeze.ts";
import type { LedgerAccess } from "../lib/ledger-access.ts";
import { ledgerCommand } from "../lib/ledger-command.ts";
import { localSettingsFile } from "../lib/local-settings.ts";

type RollbackOptions = { repository: string; environment: string; to: string; stateMachine?: string };

type Started = {
  environment: string;
  /** The release that the environment goes back to. */
  target: Pick<ReleaseSummary, "id" | "sha" | "ref" | "endedAt">;
  executionArn: string;
  /** `false` when the same rollback was begun before. */
  started: boolean;
};

/** The command `rollback`: brings an environment back to what an earlier release ran there. */
export function rollbackCommand(settingsFile = localSettingsFile): Command {
  const command = withWhere(new Command("rollback"))
    .summary("bring an environment back to what an earlier release ran there")
    .description("bring an environment back to what an earlier release ran there; a freeze does not stop it")
    .option("--to <release>", "its id; the last one that ran something else by default", "previous")
    .option("--state-machine <arn>", "Lockmaster's state machine (default: the local AWS's, while one runs)");
  return ledgerCommand(command, settingsFile, {
    run: (access) => startRollback(access, command.opts<RollbackOptions>()),
    describe: ({ environment, target: { id, sha, ref, endedAt }, executionArn, started }) =>
      [
        `${environment} goes back to ${id}: ${sha.slice(0, 12)} of ${ref}, as of ${endedAt ?? "?"}.`,
        started ? executionArn : `It was begun before; should it have failed, redrive it: ${executionArn}`,
        "",
      ].join("\n"),
  });
}

/** The execution's name follows from where it leads from and to: said twice, the command goes back once. */
async function startRollback(
  access: LedgerAccess,
  { repository, environment, to, stateMachine }: RollbackOptions,
): Promise<Started> {
  const executions = access.executions(stateMachine);
  const place = { repository, environment };
  await environmentOf(access.ledger, place);
  const successful = await findSuccessfulReleases(access.ledger, place);
  const { id, sha, ref, endedAt } = findRollbackTarget(successful, to, place);
  const input: RollbackInput = {
    kind: "rollback",
    ...place,
    to: id,
    requestedBy: { kind: "operator", name: await access.caller() },
    requestedAt: new Date().toISOString(),
  };
  const way = JSON.stringify({ from: successful[0]?.id, to: id });
  const name = executionName(repository, environment, Buffer.from(way));
  const { executionArn, started } = await executions.start(name, input);
  return { environment, target: { id, sha, ref, ...(endedAt !== undefined && { endedAt }) }, executionArn, started };
}
