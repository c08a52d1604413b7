import { isDeepStrictEqual } from "node:util";
import type * as v from "valibot";
import type { Waiver } from "../config/gates.ts";
import { RejectedError } from "../lib/errors.ts";
import { repositoryNameOf } from "../lib/names.ts";
import { policyOf } from "../policy/policy.ts";
import { findSuperseding } from "../lock/queue-up.ts";
import type { ConfigurationLedger, LockLedger, ReleaseLedger, WaiverLedger } from "../ledger/ports.ts";
import type { Judgement, SeenScan } from "../ledger/judgement.ts";
import type { CheckScanInput, CheckScanOutput } from "../contract/steps.ts";
import { runnableDigests } from "./image-manifest.ts";
import type { ImageManifests } from "./image-ports.ts";
import type { ImageScans } from "./scan-result.ts";
import { rememberScan } from "./scan-memory.ts";
import { boundFindings, describeRefusal, describeWaivers, findingsOf } from "./scan-refusal.ts";
import { judgeScan, type ScanPolicy, type ScanVerdict, type SeverityCounts } from "./scan-verdict.ts";
import { waiversInForce } from "./waivers.ts";

export type CheckScanPorts = {
  ledger: ConfigurationLedger &
    WaiverLedger &
    Pick<ReleaseLedger, "release" | "recordJudgement"> &
    Pick<LockLedger, "lock">;
  manifests: Pick<ImageManifests, "readManifest">;
  scans: ImageScans;
};

type Input = v.InferOutput<typeof CheckScanInput>;
type Verdict<State extends ScanVerdict["state"]> = Extract<ScanVerdict, { state: State }>;

/**
 * Polls the registry's scan of an image and judges it by the environment's current policy and waivers. Every runnable image of an index
 * must pass. While it waits, it records what the registry answered, for the next poll to compare.
 *
 * @throws RejectedError SCAN_REFUSED, SCAN_FAILED, SCAN_UNSUPPORTED, SCAN_DEADLINE_EXCEEDED, IMAGE_NOT_FOUND,
 * IMAGE_UNREADABLE
 */
export async function checkScan(ports: CheckScanPorts, input: Input, now: Date): Promise<CheckScanOutput> {
  const { release, image } = input;
  const record = (scan: NonNullable<Judgement["scan"]>) =>
    ports.ledger.recordJudgement(release, image.image, { digest: image.digest, scan });
  const stored = await ports.ledger.configuration(release.repository);
  const gate = policyOf(release, stored).environment.gates.scan;
  if (!gate.enabled) {
    await record({ result: "disabled", counts: {} });
    return { state: "passed", warnings: [] };
  }
  const waivers = waiversInForce(
    { configured: gate.waivers, stored: await ports.ledger.waivers(release.repository) },
    { image: image.image, environment: release.environment },
    now,
  );
  const known = (await ports.ledger.release(release))?.judgements?.[image.image]?.seenScans ?? {};
  const judged = await judgeManifests(ports, image, { gate, waivers, since: new Date(input.since), now }, known);
  const verdicts = judged.map(({ verdict }) => verdict);
  const missing = verdicts.find((verdict) => verdict.state === "no-result");
  if (missing !== undefined) throw noResultError(image.image, missing);
  const waiting = verdicts.filter((verdict) => verdict.state === "waiting");
  if (waiting.length > 0) {
    const by = await findSuperseding(ports.ledger, release);
    if (by !== undefined) return { state: "superseded", by };
    const seenScans = Object.fromEntries(
      judged.flatMap(({ digest, seen }) => (seen === undefined ? [] : [[digest, seen]])),
    );
    if (!isDeepStrictEqual(seenScans, known))
      await ports.ledger.recordJudgement(release, image.image, { digest: image.digest, seenScans });
    return firstPoll(waiting);
  }

  const refused = verdicts.filter((verdict) => verdict.state === "refused");
  if (refused.length > 0) {
    const excesses = refused.flatMap((verdict) => verdict.excesses);
    const images = Object.keys(stored?.configuration.images ?? {}).length;
    const refusedBy = boundFindings(findingsOf(excesses), images);
    await record({ result: "refused", counts: highestCounts(refused), refusedBy });
    const scanned = { image: image.image, repository: release.repository, fixableOnly: gate.fixableOnly };
    throw new RejectedError(describeRefusal(scanned, excesses), { code: "SCAN_REFUSED" });
  }
  const passed = verdicts.filter((verdict) => verdict.state === "passed");
  const usedWaivers = [...new Set(passed.flatMap((verdict) => verdict.waivers))];
  await record(passJudgement(passed, usedWaivers));
  return { state: "passed", warnings: describeWaivers(usedWaivers, now) };
}

async function judgeManifests(
  { manifests, scans }: CheckScanPorts,
  { repositoryUri, digest }: Input["image"],
  policy: ScanPolicy,
  known: Readonly<Record<string, SeenScan>>,
): Promise<{ digest: string; verdict: ScanVerdict; seen: SeenScan | undefined }[]> {
  const repository = repositoryNameOf(repositoryUri);
  const digests = runnableDigests(await manifests.readManifest(repository, digest));
  return Promise.all(
    digests.map(async (each) => {
      const result = await scans.readScan(repository, each);
      const seen = rememberScan(result, known[each], policy.now);
      return { digest: each, verdict: judgeScan(result, policy, seen), seen };
    }),
  );
}

function passJudgement(
  passed: readonly Verdict<"passed">[],
  usedWaivers: readonly Waiver[],
): NonNullable<Judgement["scan"]> {
  return {
    result: passed.every(({ readable }) => readable) ? "passed" : "unsupported",
    counts: highestCounts(passed),
    ...(usedWaivers.length > 0 && { waived: usedWaivers.map(({ id, owner, until }) => ({ id, owner, until })) }),
  };
}

/** The highest count of each severity among the images of an index. */
function highestCounts(verdicts: readonly { counts: SeverityCounts }[]): Record<string, number> {
  const max: Record<string, number> = {};
  for (const { counts } of verdicts) {
    for (const [severity, count] of Object.entries(counts)) max[severity] = Math.max(max[severity] ?? 0, count);
  }
  return max;
}

function firstPoll(waiting: readonly Verdict<"waiting">[]): CheckScanOutput {
  return {
    state: "waiting",
    retryAfterSeconds: Math.min(...waiting.map(({ retryAfterSeconds }) => retryAfterSeconds)),
    reason: waiting.map(({ reason }) => reason).join("; "),
  };
}

const noResultError = (image: string, { code, reason, remedy }: Verdict<"no-result">) =>
  new RejectedError(`image ${image} is refused because ${reason}. ${remedy}, then redrive.`, { code });
