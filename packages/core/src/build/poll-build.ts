import type * as v from "valibot";
import { findSuperseding } from "../lock/queue-up.ts";
import type { LockLedger, ReleaseLedger } from "../ledger/ports.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import type { StartBuildInput, Superseded } from "../contract/steps.ts";
import { requestBuild, type BuildPorts, type BuildProgress } from "./request-build.ts";
import type { ConfiguredBuild } from "./configured-build.ts";

export type PollBuildPorts = BuildPorts & {
  ledger: Pick<ReleaseLedger, "release" | "reopenRelease"> & Pick<LockLedger, "lock">;
};

/**
 * Requests a build with `requestBuild`. A release that is superseded gets `superseded` for its token instead: its execution
 * then ends, and recovery abandons the build unless another release waits for it.
 */
export async function pollBuild(
  ports: PollBuildPorts,
  { release, redriveCount, taskToken }: v.InferOutput<typeof StartBuildInput>,
  build: ConfiguredBuild,
): Promise<BuildProgress | Superseded> {
  // Recovery may have closed the record, or be closing it now, because the execution had ended before this redrive.
  if (redriveCount > 0) await ports.ledger.reopenRelease(release, redriveCount);
  const by = release.kind === "check" ? undefined : await findSuperseding(ports.ledger, release);
  if (by === undefined) return await requestBuild(ports, { ...build, rank: await rankOf(ports, release, build) });
  const answer: Superseded = { state: "superseded", by };
  await ports.tokens.succeedTask(taskToken, answer);
  return answer;
}

/** An operator's release is waited for by a person, who may be fixing production. */
async function rankOf(
  { ledger }: PollBuildPorts,
  release: ReleaseRef,
  { rank, request }: ConfiguredBuild,
): Promise<ConfiguredBuild["rank"]> {
  if (rank === "check" || request.waiter.redriveCount > 0) return rank === "check" ? rank : "urgent";
  const record = await ledger.release(release);
  return record?.requestedBy.kind === "operator" ? "urgent" : rank;
}
