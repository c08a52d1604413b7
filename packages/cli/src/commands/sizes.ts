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

const maxReleases = 500;
/** Also read, so that the growth of the oldest shown release is known. */
const releasesBefore = 50;

/** The command `sizes`: image sizes by release, as the image gate recorded them. */
export function sizesCommand(settingsFile = localSettingsFile): Command {
  const command = new Command("sizes")
    .description("show image sizes by release, the newest first")
    .requiredOption("--repository <owner/name>", "the repository")
    .requiredOption("--environment <name>", "the environment")
    .option("--image <name>", "only this image")
    .option("--releases <number>", "number of releases", readCount, 50);
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
  if (Number.isInteger(count) && count >= 1 && count <= maxReleases) return count;
  throw new InvalidArgumentError(`Give a number from 1 to ${maxReleases}.`);
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
