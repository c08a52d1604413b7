import { affectedImages } from "../changes/affected-images.ts";
import { requireReader, type StoredConfiguration } from "../config/stored.ts";
import { RejectedError } from "../lib/errors.ts";
import { checksEnvironment } from "../lib/names.ts";
import type { ConfigurationLedger, ReleaseLedger } from "../ledger/ports.ts";
import type { Changes } from "../changes/ports.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { PullRequestRecord } from "../ledger/pull-request-record.ts";
import { newRelease } from "../contract/new-release.ts";
import type { CheckInput } from "../contract/release-input.ts";
import type { Execution, PlanReleaseOutput } from "../contract/steps.ts";
import { unknownRepository } from "../policy/policy.ts";
import { claimPullRequest } from "./claim-pull-request.ts";
import { type StopPorts, stopSuperseded } from "./stop-superseded.ts";

export type CheckPorts = StopPorts & {
  ledger: ConfigurationLedger & Pick<ReleaseLedger, "openRelease">;
  changes: Pick<Changes, "sinceFork">;
};

/**
 * Plans the check of a pull request: stops the checks of its older commits, and finds the images that the pull request changes
 * and that have tests. Without such an image the check passes at once. Idempotent.
 *
 * @throws RejectedError CONFIGURATION_MISSING
 * @throws RejectedError CHECK_SUPERSEDED when a newer commit is known already, or the pull request was closed
 */
export async function beginCheck(
  ports: CheckPorts,
  execution: Execution,
  input: CheckInput & Pick<ReleaseRecord, "verification">,
): Promise<PlanReleaseOutput> {
  const { repository, ref, sha, requestedAt } = input;
  const { ledger } = ports;
  const stored = await ledger.configuration(repository);
  if (stored === undefined) throw unknownRepository(repository);
  requireReader(stored);
  const claim = await claimPullRequest(ledger, {
    repository,
    ref,
    requestedAt,
    receivedAt: execution.startedAt,
    sha,
    executionArn: execution.arn,
  });
  if (claim.state === "superseded") throw supersededBy(ref, claim.by);
  await stopSuperseded(ports, claim.record, stored.configuration.images);

  const { release, record } = newRelease(execution, { ...input, environment: checksEnvironment }, stored.hash);
  const images = await imagesToTest(ports.changes, input, stored);
  // `finishRelease` closes it as succeeded. A check whose tests fail ends on the failing build, where it can be redriven:
  // then the record stays open until recovery closes it, once the execution has ended.
  await ledger.openRelease(record, execution.redriveCount);
  return { state: "ready", release, images, known: [], services: [], healthSeconds: 0 };
}

/** The images that have tests and that the pull request changes; every image with tests when the changes are unknown. */
async function imagesToTest(
  changes: CheckPorts["changes"],
  { repository, base, sha }: CheckInput,
  { configuration }: StoredConfiguration,
): Promise<{ image: string; reason: string }[]> {
  const tested = Object.entries(configuration.images).filter(([, { testTarget }]) => testTarget !== undefined);
  const from = base === undefined ? { unknown: "the input names no base" } : { commit: base };
  const states = Object.fromEntries(tested.map(([image, { paths }]) => [image, { paths, base: from }]));
  const differences =
    base === undefined || tested.length === 0
      ? new Map()
      : new Map([[base, await changes.sinceFork(repository, base, sha)]]);
  const affected = affectedImages(states, differences);
  return [...affected].map(([image, reason]) => ({ image, reason }));
}

const supersededBy = (ref: string, { sha, executionArn }: PullRequestRecord["latest"]) =>
  new RejectedError(
    executionArn === undefined
      ? `${ref} was closed. Reopen the pull request to have it checked again`
      : `${ref} has the newer commit ${sha}, which ${executionArn} checks. Do not redrive this check`,
    { code: "CHECK_SUPERSEDED" },
  );
