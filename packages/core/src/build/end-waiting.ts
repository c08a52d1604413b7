import type { RepositoryConfiguration } from "../config/schema.ts";
import type { BuildLedger, ReleaseLedger } from "../ledger/ports.ts";
import type { Executions } from "../contract/executions.ts";
import type { Ticket } from "../ledger/lock-record.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import type { Superseded } from "../contract/steps.ts";
import { buildsOf } from "./builds-of-release.ts";

export type EndWaitingPorts = {
  ledger: Pick<ReleaseLedger, "release"> & Pick<BuildLedger, "build">;
  tokens: Pick<Executions, "succeedTask">;
};

/**
 * Has a release that another one took the place of wait no longer for its builds. It leaves them when its execution has ended,
 * and those that nobody else waits for are stopped. Where this does not get through, the release finds out by itself within
 * minutes.
 *
 * A build of the commit that is released now goes on: its release is about to wait for it, too.
 *
 * @param images of the repository, as the configuration has them
 */
export async function endWaiting(
  { ledger, tokens }: EndWaitingPorts,
  displaced: Ticket,
  by: ReleaseRef,
  images: RepositoryConfiguration["images"],
): Promise<void> {
  const { repository, environment } = by;
  const { executionArn, startedAt, release: id } = displaced;
  const record = await ledger.release({ repository, environment, startedAt, id });
  if (record?.status !== "open" || record.sha === by.sha) return;
  const answer: Superseded = { state: "superseded", by: by.id };
  const builds = await Promise.all(buildsOf(record, images).map((key) => ledger.build(key)));
  const waiters = builds
    .flatMap((build) => (build?.status === "starting" || build?.status === "running" ? build.waiters : []))
    .filter(({ execution }) => execution === executionArn);
  await Promise.all(waiters.map(({ taskToken }) => tokens.succeedTask(taskToken, answer)));
}
