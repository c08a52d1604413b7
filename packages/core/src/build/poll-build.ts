import type * as v from "valibot";
import { findSuperseding } from "../lock/queue-up.ts";
import type { LockLedger, ReleaseLedger } from "../ledger/ports.ts";
import type { StartBuildInput, Superseded } from "../contract/steps.ts";
import { requestBuild, type BuildPorts, type BuildProgress } from "./request-build.ts";
import type { ConfiguredBuild } from "./build-request.ts";

export type PollBuildPorts = BuildPorts & {
  ledger: Pick<ReleaseLedger, "release" | "reopenRelease"> & Pick<LockLedger, "lock">;
};

/**
 * Asks for a build, as `requestBuild`, unless the release is superfluous by now: then its token is told so. Once its execution
 * has ended it is taken off the build, which goes on only for whoever else needs it.
 */
export async function pollBuild(
  ports: PollBuildPorts,
  { release, redriveCount, taskToken }: v.InferOutput<typeof StartBuildInput>,
  order: ConfiguredBuild,
): Promise<BuildProgress | Superseded> {
  // It may have been settled, or be settled at this very moment, because its execution had ended before: at whichever look.
  if (redriveCount > 0) await ports.ledger.reopenRelease(release, redriveCount);
  const by = release.kind === "check" ? undefined : await findSuperseding(ports.ledger, release);
  if (by === undefined) return await requestBuild(ports, order);
  const answer: Superseded = { state: "superseded", by };
  await ports.tokens.succeedTask(taskToken, answer);
  return answer;
}
