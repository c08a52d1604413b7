import { RejectedError } from "../lib/errors.ts";
import { comparePrecedence, parseVersion } from "./precedence.ts";

/** A tag at a commit. */
export type TaggedCommit = { ref: string; sha: string };

/** A version and what stands before it in its tag: versions of two series cannot be compared. */
const versionAtTheEnd = /^(?<series>.*?)(?<![\d.])(?<version>\d+\.\d+\.\d+(?:[-+].*)?)$/u;

/**
 * Refuses a version that does not come after the one that an environment runs, by the precedence of semantic versions: a
 * pre-release comes before its release, build metadata does not count. The same version of the same commit may come again.
 * Tags that hold no version, or versions of different series (`web-v1.0.0`, `api-v1.0.0`), are not compared.
 *
 * @param running what brought the environment to where it is; undefined before the first release
 * @throws RejectedError VERSION_OLDER
 * @throws RejectedError VERSION_TAG_TAKEN when the tag was moved to another commit
 * @see https://semver.org/#spec-item-11
 */
export function checkVersion(tagged: TaggedCommit, running: TaggedCommit | undefined, environment: string): void {
  if (running === undefined || tagged.sha === running.sha) return;
  const [wanted, present] = [versionOf(tagged.ref), versionOf(running.ref)];
  if (wanted === undefined || present === undefined || wanted.series !== present.series) return;
  const order = comparePrecedence(wanted.version, present.version);
  if (order > 0) return;
  const [tag, runs] = [nameOf(tagged.ref), nameOf(running.ref)];
  if (tagged.ref === running.ref) {
    throw new RejectedError(
      `${tag} was moved: ${environment} runs it from ${running.sha}, and now it names ${tagged.sha}. A version is one commit for ever: tag ${tagged.sha} with a new one.`,
      { code: "VERSION_TAG_TAKEN" },
    );
  }
  const relation = order === 0 ? "of the same precedence as" : "older than";
  throw new RejectedError(
    `${tag} is ${relation} ${runs}, which ${environment} runs. To go back to what ${tag} holds, tag its commit with a version that is newer than ${runs}.`,
    { code: "VERSION_OLDER" },
  );
}

function versionOf(ref: string) {
  const { series, version = "" } = versionAtTheEnd.exec(nameOf(ref))?.groups ?? {};
  const parsed = ref.startsWith("refs/tags/") ? parseVersion(version) : undefined;
  return parsed === undefined ? undefined : { series, version: parsed };
}

const nameOf = (ref: string): string => ref.replace(/^refs\/tags\//, "");

/**
 * The tag that images of a version bear in the registry: the git tag, with `_` in place of every sign that an image tag
 * cannot hold, as in `v1.0.0_build.5` for `v1.0.0+build.5`.
 *
 * @param ref in full: `refs/tags/v1.0.0`
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests for the signs
 */
export function imageTagOf(ref: string): string {
  return nameOf(ref)
    .replaceAll(/[^\w.-]/g, "_")
    .slice(0, 128);
}
