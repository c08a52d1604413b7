import type { EnvironmentConfiguration } from "../config/schema.ts";
import { isFollowed } from "../contract/routing.ts";
import type { ConfigurationLedger, LockLedger, ReconcileLedger, ReleaseLedger } from "../ledger/ports.ts";
import type { TagWalk } from "../ledger/reconcile-progress.ts";
import type { ReleaseSummary } from "../ledger/release-record.ts";
import { compareVersions, findVersion, type TaggedCommit } from "../promotion/version.ts";
import type { Tags } from "./ports.ts";

export type LostTagPorts = {
  ledger: ConfigurationLedger &
    Pick<ReleaseLedger, "releases"> &
    Pick<LockLedger, "lock"> &
    Pick<ReconcileLedger, "repositoryAfter">;
  tags: Tags;
};

/** A tag that asks for a release of an environment which the ledger does not know. */
export type LostTag = { repository: string; environment: string; ref: string; sha: string };

const releasesSearched = 500;
/** In one repository; the others follow when these are released or gone. */
const maxLostTags = 20;

/**
 * Finds the tags of one repository that no release knows: GitHub sends no event when more than three tags are pushed at once. A
 * tag counts as lost when two walks in a row found it, since a release is recorded only once it is planned. Nothing is started:
 * an operator decides whether a tag is still meant to be released.
 *
 * @param walk where the last run stopped; each run continues with the next repository
 * @returns where this run stopped, and what it has found for the first time
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
 */
export async function findLostTags(
  { ledger, tags }: LostTagPorts,
  walk: TagWalk = { seen: [] },
): Promise<{ walk: TagWalk; lost: readonly LostTag[] }> {
  const repository = (await ledger.repositoryAfter(walk.after)) ?? (await ledger.repositoryAfter());
  if (repository === undefined) return { walk: { seen: [] }, lost: [] };
  const found = await unreleasedTags({ ledger, tags }, repository);
  const before = walk.seen.filter((tag) => tag.repository === repository);
  const now = found.slice(0, maxLostTags).map((tag) => {
    const known = before.find((one) => isSame(one, tag));
    return { ...tag, walks: Math.min(2, (known?.walks ?? 0) + 1) };
  });
  const isNew = (tag: LostTag) => before.some((one) => isSame(one, tag) && one.walks === 1);
  return {
    walk: { after: repository, seen: [...walk.seen.filter((tag) => tag.repository !== repository), ...now] },
    lost: found.slice(0, maxLostTags).filter(isNew),
  };
}

const isSame = (one: LostTag, other: LostTag): boolean =>
  one.environment === other.environment && one.ref === other.ref && one.sha === other.sha;

async function unreleasedTags({ ledger, tags }: LostTagPorts, repository: string): Promise<LostTag[]> {
  const stored = await ledger.configuration(repository);
  const environments = Object.entries(stored?.configuration.environments ?? {}).filter(
    ([, { on }]) => on.tag !== undefined,
  );
  if (environments.length === 0) return [];
  const tagged = (await tags.list(repository)).map(({ name, sha }) => ({ ref: `refs/tags/${name}`, sha }));
  const found = await Promise.all(
    environments.map(async ([environment, configured]) => {
      const isAsked = await askedOf(ledger, repository, environment, configured);
      return tagged
        .filter((tag) => isFollowed(tag.ref, configured.on) && isAsked(tag))
        .map((tag) => ({ repository, environment, ...tag }));
    }),
  );
  return found.flat();
}

/**
 * Whether a tag asks for a release that was not made. Older versions than the running one do not; nor do tags that cannot be
 * compared with it, unless their commit was verified upstream: repositories have tags from before Lockmaster.
 */
async function askedOf(
  ledger: LostTagPorts["ledger"],
  repository: string,
  environment: string,
  { promoteFrom = "" }: EnvironmentConfiguration,
): Promise<(tag: TaggedCommit) => boolean> {
  const releases = await ledger.releases(repository, environment, releasesSearched);
  const upstream = await ledger.releases(repository, promoteFrom, releasesSearched);
  const { awaited = [] } = await ledger.lock({ repository, environment: promoteFrom });
  const running = findVersion(releases);
  const waiting = new Set(awaited.map(({ sha }) => sha));
  const verified = new Set(upstream.filter(({ status }) => status === "succeeded").map(({ sha }) => sha));
  return (tag) => {
    if (waiting.has(tag.sha) || releases.some((release) => isOf(release, tag))) return false;
    const order = running === undefined ? undefined : compareVersions(tag, running);
    return order === undefined ? verified.has(tag.sha) : order > 0;
  };
}

const isOf = ({ ref, sha }: ReleaseSummary, tag: TaggedCommit): boolean => ref === tag.ref && sha === tag.sha;

/** For the log. */
export const describeLostTag = ({ repository, environment, ref, sha }: LostTag): string =>
  `${ref} of ${repository} (${sha}) has no release of ${environment}: it was refused when it was planned, or GitHub sent no event, as for more than three tags in one push. Start the release as docs/promotion.md says under "When no execution starts", or delete the tag`;
