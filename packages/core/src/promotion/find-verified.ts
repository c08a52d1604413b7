import { imagesOf } from "../config/images-of.ts";
import { RejectedError } from "../lib/errors.ts";
import { findNewer } from "../lock/find-newer.ts";
import { isWithin } from "../lock/known-bad-images.ts";
import type { Policy } from "../policy/policy.ts";
import type { Ledger } from "../ledger/ports.ts";
import type { Executions } from "../contract/executions.ts";
import type { Registry } from "../build/ports.ts";
import type { VersionTags } from "./ports.ts";
import type { ReleaseRecord, ReleaseSummary } from "../ledger/release-record.ts";
import type { BuiltImage } from "../contract/steps.ts";
import { judgeUpstream, type Promotion, type UpstreamRelease } from "./upstream.ts";
import { checkVersion, findVersion, imageTagOf } from "./version.ts";

export type PromotionPorts = {
  ledger: Pick<Ledger, "releases" | "lock">;
  executions: Pick<Executions, "isRunning">;
  registry: Pick<Registry, "repositoryUri">;
  versionTags: Pick<VersionTags, "digestOf">;
};

/** What was verified upstream, of every image of the environment. */
export type Verified = Required<Pick<ReleaseRecord, "images" | "builtFrom" | "promotedFrom">> & { known: BuiltImage[] };

export type Finding =
  | ({ state: "verified" } & Verified)
  | { state: "waiting"; retryAfterSeconds: number; reason: string };

/** How many of an environment's newest releases are searched: upstream for the commit, here for the version that runs. */
const releasesSearchedForPromotion = 500;

/**
 * Finds the images that a tag promotes: exactly those that the last successful release of its commit left upstream, even if the
 * commit was built again since.
 *
 * @param ageSeconds since the promotion was started, or redriven: the wait for a release upstream has a deadline
 * @throws RejectedError UPSTREAM_UNVERIFIED, UPSTREAM_DEADLINE_EXCEEDED, VERSION_OLDER, VERSION_TAG_TAKEN
 */
export async function findVerified(
  ports: PromotionPorts,
  { repository, environment: name, ref, sha }: Pick<ReleaseRecord, "repository" | "environment" | "ref" | "sha">,
  { environment, images }: Policy,
  ageSeconds: number,
): Promise<Finding> {
  const { ledger } = ports;
  const past = await ledger.releases(repository, name, releasesSearchedForPromotion);
  checkVersion({ ref, sha }, findVersion(past), name);

  const from = sourceOf(environment.promoteFrom, name);
  const allUpstream = await ledger.releases(repository, from, releasesSearchedForPromotion);
  const lastSuccess = allUpstream.find(({ status }) => status === "succeeded");
  const promotion = { sha, from, images: imagesOf(environment), ...(lastSuccess !== undefined && { lastSuccess }) };
  const verdict = judgeUpstream(promotion, await releasesOf(ports.executions, allUpstream, sha), ageSeconds);
  if (verdict.state === "waiting") return verdict;

  const { release } = verdict;
  await refuseRolledBack(ledger, promotion, release);
  const found = promotion.images.map((image) => ({
    image,
    repository: images[image]?.repository ?? image,
    digest: release.images?.[image] ?? "",
  }));
  await requireFreeTag(ports.versionTags, found, ref);
  return {
    state: "verified",
    known: await Promise.all(found.map((one) => reference(ports.registry, one))),
    images: Object.fromEntries(found.map(({ image, digest }) => [image, digest])),
    builtFrom: Object.fromEntries(promotion.images.map((image) => [image, release.builtFrom?.[image] ?? sha])),
    promotedFrom: { environment: promotion.from, release: release.id },
  };
}

/** A release upstream whose images have become known-bad since, as by a manual rollback, verifies nothing. */
async function refuseRolledBack(
  ledger: Pick<Ledger, "lock">,
  { from, sha }: Promotion,
  { id, repository, images = {} }: ReleaseSummary,
): Promise<void> {
  const { knownBad } = await ledger.lock({ repository, environment: from });
  const found = knownBad.find((known) => isWithin(known.images, images));
  if (found === undefined) return;
  throw new RejectedError(
    `${sha} was released to ${from} by release ${id}, but its images are known-bad there since release ${found.release}. Tag a commit with a fix; or release this one there again, then redrive this promotion.`,
    { code: "UPSTREAM_UNVERIFIED" },
  );
}

/** An image in the registry. */
type StoredImage = { image: string; repository: string; digest: string };

async function reference(
  registry: PromotionPorts["registry"],
  { image, repository, digest }: StoredImage,
): Promise<BuiltImage> {
  return { image, repositoryUri: await registry.repositoryUri(repository), digest };
}

function sourceOf(promoteFrom: string | undefined, environment: string): string {
  if (promoteFrom !== undefined) return promoteFrom;
  throw new RejectedError(
    `${environment} has no promoteFrom, the environment that verifies its promotions. Add it to lockmaster.config.ts, deploy Lockmaster again, then redrive.`,
    { code: "CONFIGURATION_INVALID" },
  );
}

async function releasesOf(
  executions: PromotionPorts["executions"],
  all: readonly ReleaseSummary[],
  sha: string,
): Promise<UpstreamRelease[]> {
  return Promise.all(
    all
      .filter((release) => release.sha === sha)
      .map(async (release) => {
        const newer = findNewer(all, release);
        return {
          ...release,
          running: release.status === "open" && (await executions.isRunning(release.executionArn)),
          ...(newer !== undefined && { newer }),
        };
      }),
  );
}

/** Refuses a taken tag now: when the images are tagged, the environment runs them already. */
async function requireFreeTag(
  versionTags: PromotionPorts["versionTags"],
  images: readonly StoredImage[],
  ref: string,
): Promise<void> {
  const tag = imageTagOf(ref);
  const found = await Promise.all(
    images.map(async (image) => ({ ...image, holds: await versionTags.digestOf(image.repository, tag) })),
  );
  const taken = found.filter(({ holds, digest }) => holds !== undefined && holds !== digest);
  if (taken.length === 0) return;
  const list = taken
    .map(({ repository, holds, digest }) => `${repository}:${tag} is ${holds}, not ${digest}`)
    .join("; ");
  throw new RejectedError(
    `the registry has this version tag on other images: ${list}. Tag the commit with a new version.`,
    { code: "VERSION_TAG_TAKEN" },
  );
}
