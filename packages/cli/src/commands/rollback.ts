import { executionName } from "@lockmaster/core/lib/names.ts";
import type { ReleaseSummary } from "@lockmaster/core/ledger/release-record.ts";
import type { RollbackInput } from "@lockmaster/core/contract/release-input.ts";
import { findRollbackTarget, findSuccessfulReleases } from "@lockmaster/core/plan/find-rollback-target.ts";
import { environmentOf } from "@lockmaster/core/policy/policy.ts";
import { Command } from "commander";
import { withEnvironmentOptions } from "./freeze.ts";
import type { LedgerAccess } from "../lib/ledger-access.ts";
import { ledgerCommand } from "../lib/ledger-command.ts";
import { localSettingsFile } from "../lib/local-settings.ts";

type RollbackOptions = { repository: string; environment: string; to: string; stateMachine?: string };

type Started = {
  environment: string;
  /** The release that the environment is rolled back to. */
  target: Pick<ReleaseSummary, "id" | "sha" | "ref" | "endedAt">;
  /** The last release that has succeeded: what the rollback was resolved from. */
  standing: string;
  /** The release that changes the environment now, whose end the rollback waits for. */
  waitsFor?: string;
  executionArn: string;
  /** `false` when the same rollback was started before. */
  started: boolean;
};

/** The command `rollback`: starts a manual rollback of an environment. */
export function rollbackCommand(settingsFile = localSettingsFile): Command {
  const command = withEnvironmentOptions(new Command("rollback"))
    .summary("roll an environment back to an earlier release")
    .description("roll an environment back to an earlier release; a freeze does not stop it")
    .option("--to <release>", "id of the release; `previous` is the last one with other images", "previous")
    .option("--state-machine <arn>", "Lockmaster's state machine (default: the running local AWS's)");
  return ledgerCommand(command, settingsFile, {
    run: (access) => startRollback(access, command.opts<RollbackOptions>()),
    describe: ({ environment, target: { id, sha, ref, endedAt }, standing, waitsFor, executionArn, started }) =>
      [
        `${environment} is being rolled back to ${id}: ${sha.slice(0, 12)} of ${ref}, released at ${endedAt ?? "?"}.`,
        `The last release that succeeded there is ${standing}.`,
        ...(waitsFor === undefined
          ? []
          : [
              `Release ${waitsFor} changes ${environment} now: the rollback waits for its end.${command.opts<RollbackOptions>().to === "previous" ? " If it succeeds, the rollback is refused, because another release is then the previous one." : ""}`,
            ]),
        started ? executionArn : `This rollback was started before; if it failed, redrive it: ${executionArn}`,
        "",
      ].join("\n"),
  });
}

/**
 * Idempotent: the execution's name is derived from the current release and the target. The previous release is the one before the
 * last success that the operator sees now, so this one is sent too; a release that is named stays the target whatever succeeds.
 */
async function startRollback(
  access: LedgerAccess,
  { repository, environment, to, stateMachine }: RollbackOptions,
): Promise<Started> {
  const executions = access.executions(stateMachine);
  const where = { repository, environment };
  await environmentOf(access.ledger, where);
  const successful = await findSuccessfulReleases(access.ledger, where);
  const { id, sha, ref, endedAt } = findRollbackTarget(successful, to, where);
  const standing = successful[0]?.id ?? id;
  const { holder } = await access.ledger.lock(where);
  const input: RollbackInput = {
    kind: "rollback",
    ...where,
    to: id,
    ...(to === "previous" && { standing }),
    requestedBy: { kind: "operator", name: await access.caller() },
    requestedAt: new Date().toISOString(),
  };
  const fromTo = JSON.stringify({ from: standing, to: id });
  const name = executionName(repository, environment, Buffer.from(fromTo));
  const { executionArn, started } = await executions.start(name, input);
  return {
    environment,
    target: { id, sha, ref, ...(endedAt !== undefined && { endedAt }) },
    standing,
    ...(holder !== undefined && { waitsFor: holder.release }),
    executionArn,
    started,
  };
}
