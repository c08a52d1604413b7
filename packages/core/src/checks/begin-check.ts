import type * as v from "valibot";
import { affectedImages } from "../changes/affected-images.ts";
import type { StoredConfiguration } from "../config/stored.ts";
import { RejectedError } from "../lib/errors.ts";
import { checksEnvironment } from "../lib/names.ts";
import type { ConfigurationLedger, ReleaseLedger } from "../ledger/ports.ts";
import type { Changes } from "../changes/ports.ts";
import type { PullRequestRecord } from "../ledger/pull-request-record.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import type { CheckInput } from "../contract/release-input.ts";
import type { PlanReleaseInput, PlanReleaseOutput } from "../contract/steps.ts";
import { claimPullRequest } from "./claim-pull-request.ts";
import { type StopPorts, stopSuperseded } from "./stop-superseded.ts";

export type CheckPorts = StopPorts & {
  ledger: ConfigurationLedger & Pick<ReleaseLedger, "openRelease">;
  changes: Pick<Changes, "sinceFork">;
};

type Execution = v.InferOutput<typeof PlanReleaseInput>["execution"];

/**
 * Plans the check of a pull request: its newest commit takes the place of older ones, whose checks are stopped, and the images
 * that it changes are tested. Nothing to test is no trouble: the check passes at once. Once more changes nothing.
 *
 * @throws RejectedError CONFIGURATION_MISSING
 * @throws RejectedError CHECK_SUPERSEDED when a newer commit came first, or the pull request was closed since
 */
export async function beginCheck(
  ports: CheckPorts,
  execution: Execution,
  input: CheckInput,
): Promise<PlanReleaseOutput> {
  const { repository, ref, sha, requestedBy, requestedAt } = input;
  const { ledger } = ports;
  const stored = await ledger.configuration(repository);
  if (stored === undefined) throw unknownRepository(repository);
  const { arn: executionArn, startedAt } = execution;
  const claim = await claimPullRequest(ledger, {
    repository,
    ref,
    requestedAt,
    receivedAt: startedAt,
    sha,
    executionArn,
  });
  if (claim.state === "superseded") throw supersededBy(ref, claim.by);
  await stopSuperseded(ports, claim.record, stored.configuration.images);

  const release: ReleaseRef = {
    id: execution.name,
    executionArn,
    startedAt,
    kind: "check",
    repository,
    environment: checksEnvironment,
    ref,
    sha,
  };
  const images = await imagesToTest(ports.changes, input, stored);
  // Closed as succeeded by `finishRelease`. A check whose tests fail ends on the failing build, where it can be redriven:
  // its record stays open here, and is closed from outside once the execution has ended.
  await ledger.openRelease(
    { ...release, requestedBy, requestedAt, policyHash: stored.hash, status: "open" },
    execution.redriveCount,
  );
  return { state: "ready", release, images, known: [], services: [], healthSeconds: 0 };
}

/** The images that have tests and of which the pull request changes a file; all that have tests, when that is unknown. */
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

const unknownRepository = (repository: string) =>
  new RejectedError(
    `Lockmaster does not know the repository ${repository}. Add it to lockmaster.config.ts, deploy Lockmaster again, then redrive.`,
    { code: "CONFIGURATION_MISSING" },
  );

const supersededBy = (ref: string, { sha, executionArn }: PullRequestRecord["latest"]) =>
  new RejectedError(
    executionArn === undefined
      ? `${ref} was closed. Open it again, or push to it, and it is checked`
      : `${ref} is at ${sha} by now, which ${executionArn} checks. There is nothing to redrive`,
    { code: "CHECK_SUPERSEDED" },
  );
