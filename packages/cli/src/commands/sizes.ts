import { imageSizes, type ImageSize } from "@lockmaster/core/gates/image-sizes.ts";
import { Command, InvalidArgumentError } from "commander";
import { ledgerCommand } from "../lib/ledger-command.ts";
import { localSettingsFile } from "../lib/local-settings.ts";
import { textTable } from "../lib/text-table.ts";

type SizesOptions = {
  repository: string;
  environment: string;
  image?: string;
  releases: number;
};

const mostReleases = 500;
/** Read beside what is shown: what the oldest of it grew from. */
const releasesBefore = 50;

/** The command `sizes`: what images took, release by release, as the image gate recorded it. */
export function sizesCommand(settingsFile = localSettingsFile): Command {
  const command = new Command("sizes")
    .description("how large images were, release by release, the newest first")
    .requiredOption("--repository <owner/name>", "the repository")
    .requiredOption("--environment <name>", "the environment that they were released to")
    .option("--image <name>", "this image only")
    .option("--releases <number>", "how many releases to look back", readCount, 50);
  return ledgerCommand(command, settingsFile, {
    run: async ({ ledger }) => {
      const { repository, environment, image, releases } = command.opts<SizesOptions>();
      const found = await ledger.releases(repository, environment, releases + releasesBefore);
      const shown = new Set(found.slice(0, releases).map(({ id }) => id));
      return imageSizes(found).filter((size) => shown.has(size.release) && (image ?? size.image) === size.image);
    },
    describe: describeSizes,
  });
}

function readCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= mostReleases) return count;
  throw new InvalidArgumentError(`It must be a number from 1 to ${mostReleases}.`);
}

function describeSizes(sizes: readonly ImageSize[]): string {
  if (sizes.length === 0) return "No release has recorded a size.\n";
  const rows = sizes.map(({ at, sha, image, sizeBytes, growthPercent, status }) => [
    at.slice(0, "2026-12-31T23:59".length).replace("T", " "),
    sha.slice(0, 7),
    image,
    `${(sizeBytes / 1_000_000).toFixed(1)} MB`,
    growthPercent === undefined ? "" : `${growthPercent < 0 ? "" : "+"}${growthPercent.toFixed(1)} %`,
    status,
  ]);
  return `${textTable([["started (UTC)", "commit", "image", "size", "growth", "release"], ...rows]).join("\n")}\n`;
}
