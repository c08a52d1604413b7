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
 * Ends the wait of a superseded release for its builds. Once its execution has ended, recovery stops the builds that no other
 * release waits for. When an answer does not arrive, the release polls within minutes and finds out.
 *
 * A build of the newer release's commit goes on: the newer release is about to wait for it.
 *
 * @param displaced ticket of the superseded release
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
