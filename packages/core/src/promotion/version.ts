import type { ReleaseSummary } from "../ledger/release-record.ts";
import { RejectedError } from "../lib/errors.ts";
import { comparePrecedence, parseVersion } from "./precedence.ts";

/** A tag at a commit. */
export type TaggedCommit = { ref: string; sha: string };

/** A version at the end of a tag, and its series before it: versions of different series cannot be compared. */
const versionAtEnd = /^(?<series>.*?)(?<![\d.])(?<version>\d+\.\d+\.\d+(?:[-+].*)?)$/u;

/**
 * Refuses a version that is not newer than the one that an environment runs, by the precedence of semantic versions: a
 * pre-release comes before its release, build metadata does not count. The same version of the same commit is allowed again.
 * Tags without a version, or with versions of different series (`web-v1.0.0`, `api-v1.0.0`), are not compared.
 *
 * @param running see `findVersion`; undefined before the first one
 * @throws RejectedError VERSION_OLDER
 * @throws RejectedError VERSION_TAG_TAKEN when the tag was moved to another commit
 * @see https://semver.org/#spec-item-11
 */
export function checkVersion(tagged: TaggedCommit, running: TaggedCommit | undefined, environment: string): void {
  if (running === undefined || tagged.sha === running.sha) return;
  const order = compareVersions(tagged, running);
  if (order === undefined || order > 0) return;
  const [tag, runs] = [nameOf(tagged.ref), nameOf(running.ref)];
  if (tagged.ref === running.ref) {
    throw new RejectedError(
      `the tag ${tag} was moved: ${environment} runs ${tag} of commit ${running.sha}, but the tag now points at ${tagged.sha}. Tag ${tagged.sha} with a new version.`,
      { code: "VERSION_TAG_TAKEN" },
    );
  }
  const relation = order === 0 ? "of the same precedence as" : "older than";
  throw new RejectedError(
    `${tag} is ${relation} ${runs}, which ${environment} runs. To deploy the commit of ${tag} again, tag it with a version newer than ${runs}, or roll back. If ${runs} was a mistake, an operator can retire it: lockmaster retire-version ${runs}.`,
    { code: "VERSION_OLDER" },
  );
}

/**
 * The release whose version a promotion must not precede: the newest that was proven healthy, unless an operator has retired its
 * version. Then, and after a release in which no task ran, the one before it counts.
 *
 * @param releases of one environment, the newest first
 */
export function findVersion<Release extends Pick<ReleaseSummary, "status" | "retired">>(
  releases: readonly Release[],
): Release | undefined {
  return releases.find(({ status, retired }) => status === "succeeded" && retired === undefined);
}

/** Positive when `a` has the newer version; undefined when they cannot be compared. */
export function compareVersions(a: Pick<TaggedCommit, "ref">, b: Pick<TaggedCommit, "ref">): number | undefined {
  const [one, other] = [versionOf(a.ref), versionOf(b.ref)];
  if (one === undefined || other === undefined || one.series !== other.series) return undefined;
  return comparePrecedence(one.version, other.version);
}

function versionOf(ref: string) {
  const { series, version = "" } = versionAtEnd.exec(nameOf(ref))?.groups ?? {};
  const parsed = ref.startsWith("refs/tags/") ? parseVersion(version) : undefined;
  return parsed === undefined ? undefined : { series, version: parsed };
}

const nameOf = (ref: string): string => ref.replace(/^refs\/tags\//, "");

/**
 * The tag of a version's images in the registry: the git tag, with `_` in place of every character that an image tag cannot have,
 * as in `v1.0.0_build.5` for `v1.0.0+build.5`.
 *
 * @param ref in full: `refs/tags/v1.0.0`
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests for the allowed characters
 */
export function imageTagOf(ref: string): string {
  return nameOf(ref)
    .replaceAll(/[^\w.-]/g, "_")
    .slice(0, 128);
}
