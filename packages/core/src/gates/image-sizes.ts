import type { ReleaseStatus, ReleaseSummary } from "../ledger/release-record.ts";

/** The size of one image in one release. */
export type ImageSize = {
  /** When the release started. */
  at: string;
  release: string;
  /** The commit that was released. */
  sha: string;
  status: ReleaseStatus;
  image: string;
  digest: string;
  /** Compressed. */
  sizeBytes: number;
  /** Compared with the last successful release before; absent if none recorded a size. */
  growthPercent?: number;
};

/**
 * The size that an image is compared with: that of the newest successful release that recorded one. Releases that do not change an
 * image record no size of it.
 *
 * @param releases the newest first
 */
export function lastSize(releases: readonly ReleaseSummary[], image: string): number | undefined {
  return releases
    .filter(({ status }) => status === "succeeded")
    .map(({ judgements }) => judgements?.[image]?.sizeBytes)
    .find((sizeBytes) => sizeBytes !== undefined);
}

/** In per cent of `before`; negative when it shrank. */
export function growthPercent(sizeBytes: number, before: number): number {
  return ((sizeBytes - before) / before) * 100;
}

/**
 * The sizes that releases recorded, refused ones included, in the order of the releases, images by name.
 *
 * @param releases of one environment, the newest first
 */
export function imageSizes(releases: readonly ReleaseSummary[]): ImageSize[] {
  return releases.flatMap(({ startedAt, id, sha, status, judgements = {} }, position) =>
    Object.entries(judgements)
      .toSorted(([one], [other]) => one.localeCompare(other))
      .flatMap(([image, { digest, sizeBytes }]) => {
        if (sizeBytes === undefined) return [];
        const before = lastSize(releases.slice(position + 1), image);
        return {
          at: startedAt,
          release: id,
          sha,
          status,
          image,
          digest,
          sizeBytes,
          ...(before !== undefined && { growthPercent: growthPercent(sizeBytes, before) }),
        };
      }),
  );
}
