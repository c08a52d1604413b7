import type { ImageGate } from "../config/gates.ts";
import type { ErrorCode } from "../lib/errors.ts";
import type { ImageConfig, Platform } from "./image-manifest.ts";
import { growthPercent } from "./image-sizes.ts";
import type { ImageUse } from "./image-uses.ts";

/** One image that can run: the only one, or one platform's image of an index. */
export type PlatformImage = {
  /** Configuration and layers as the registry stores them: compressed. */
  sizeBytes: number;
  config: ImageConfig;
};

/** Policy and uses that an image is judged by. */
export type ImagePolicy = {
  gate: ImageGate;
  /** Containers that run it, with their platforms. */
  uses: readonly ImageUse[];
  /** Size in the environment's last successful release; absent if none recorded it. */
  previousSizeBytes?: number;
};

type ImageProblem = { code: ErrorCode; message: string };

export type ImageVerdict = {
  /** Size of the image that will run; of the largest one if an index is used on several platforms. */
  sizeBytes: number;
  growthPercent?: number;
  /** All problems; empty if the image passes. */
  problems: readonly ImageProblem[];
  /** What was not judged, and why. */
  notes: readonly string[];
};

type JudgedImage = ImagePolicy & { images: readonly PlatformImage[]; sizeBytes: number; growthPercent?: number };
type Rule = (image: JudgedImage) => ImageProblem | undefined;

const rules: readonly Rule[] = [tooLarge, grew, runsAsRoot, wrongPlatform, withoutEntrypoint, withoutLabels];

/**
 * Judges an image. User, entry point and labels of every image of an index are checked; the size is that of the image that will run.
 *
 * @param images at least one
 */
export function judgeImage(images: readonly PlatformImage[], policy: ImagePolicy): ImageVerdict {
  const sizeBytes = Math.max(...runningOf(images, policy.uses).map((image) => image.sizeBytes));
  const { previousSizeBytes } = policy;
  const growth = previousSizeBytes === undefined ? {} : { growthPercent: growthPercent(sizeBytes, previousSizeBytes) };
  const judged = { ...policy, images, sizeBytes, ...growth };
  return { sizeBytes, ...growth, problems: rules.flatMap((rule) => rule(judged) ?? []), notes: notesOn(policy) };
}

/** The images for the platforms that it is used on; all of them if these platforms are unknown or missing. */
function runningOf(images: readonly PlatformImage[], uses: readonly ImageUse[]): readonly PlatformImage[] {
  const running = images.filter(({ config }) =>
    uses.some(({ platform }) => platform !== undefined && isSame(platform, config.platform)),
  );
  return running.length > 0 ? running : images;
}

function notesOn({ gate, uses, previousSizeBytes }: ImagePolicy): string[] {
  const anywhere = uses.filter(({ platform }) => platform === undefined).map(({ service }) => service);
  return [
    ...(gate.maximumGrowthPercent !== undefined && previousSizeBytes === undefined
      ? ["its growth is not judged: no successful release of the environment recorded its size"]
      : []),
    ...(anywhere.length > 0
      ? [
          `its platform is not judged for ${commaSeparated(anywhere)}: the task definition names no platform and runs on EC2`,
        ]
      : []),
  ];
}

function tooLarge({ gate: { maximumMegabytes }, sizeBytes }: JudgedImage): ImageProblem | undefined {
  if (maximumMegabytes === undefined || sizeBytes <= maximumMegabytes * 1_000_000) return undefined;
  return {
    code: "IMAGE_TOO_LARGE",
    message: `its size is ${describeSize(sizeBytes)}, above the limit of ${maximumMegabytes} MB: use a multi-stage build with a smaller base image, or raise gates.image.maximumMegabytes`,
  };
}

function grew({ gate, growthPercent: grown, sizeBytes, previousSizeBytes = 0 }: JudgedImage): ImageProblem | undefined {
  const { maximumGrowthPercent } = gate;
  if (maximumGrowthPercent === undefined || grown === undefined || grown <= maximumGrowthPercent) return undefined;
  return {
    code: "IMAGE_GREW",
    message: `it grew by ${grown.toFixed(1)} %, from ${describeSize(previousSizeBytes)} to ${describeSize(sizeBytes)}, above the limit of ${maximumGrowthPercent} %: find the cause with \`docker history\`, or raise gates.image.maximumGrowthPercent`,
  };
}

function runsAsRoot({ gate, images }: JudgedImage): ImageProblem | undefined {
  if (gate.user === "any") return undefined;
  const found = images.find(({ config }) => isRoot(config.user));
  if (found === undefined) return undefined;
  const user = found.config.user === "" ? "it sets no user, so it runs as root" : `its user is ${found.config.user}`;
  return {
    code: "IMAGE_RUNS_AS_ROOT",
    message: `${user}: set another USER in the last stage of its Dockerfile, for example USER 10001, or set gates.image.user to "any"`,
  };
}

function wrongPlatform({ images, uses }: JudgedImage): ImageProblem | undefined {
  const missing = uses.filter(
    ({ platform }) => platform !== undefined && !images.some(({ config }) => isSame(platform, config.platform)),
  );
  const [first] = missing;
  if (first?.platform === undefined) return undefined;
  const built = commaSeparated(images.map(({ config }) => nameOf(config.platform)));
  return {
    code: "IMAGE_PLATFORM_WRONG",
    message: `it is built for ${built}, and ${commaSeparated(missing.map(({ service }) => service))} runs on ${nameOf(first.platform)}: set images.*.platform in lockmaster.config.ts, or runtimePlatform in the task definition`,
  };
}

function withoutEntrypoint({ images, uses }: JudgedImage): ImageProblem | undefined {
  const startsNothing = images.some(({ config }) => config.entrypoint.length === 0 && config.command.length === 0);
  // If no container uses it, no task definition names a command for it.
  const named = uses.length > 0 && uses.every(({ namesCommand }) => namesCommand);
  if (!startsNothing || named) return undefined;
  return {
    code: "IMAGE_WITHOUT_ENTRYPOINT",
    message:
      "it has no ENTRYPOINT and no CMD: add one to the last stage of its Dockerfile, or a command to the container in its task definition",
  };
}

function withoutLabels({ gate, images }: JudgedImage): ImageProblem | undefined {
  const missing = gate.labels.filter((label) =>
    images.some(({ config }) => (Object.hasOwn(config.labels, label) ? config.labels[label] : "") === ""),
  );
  if (missing.length === 0) return undefined;
  return {
    code: "IMAGE_LABEL_MISSING",
    message: `it lacks the label ${commaSeparated(missing)}: set it with LABEL in its Dockerfile, or remove it from gates.image.labels`,
  };
}

/**
 * Whether a container starts as root: user id 0, by name or number, with any group. Runtimes parse the number with Go's
 * `strconv.Atoi`, which accepts a sign and leading zeros.
 */
function isRoot(user: string): boolean {
  const [name = ""] = user.trim().split(":");
  return name === "" || name === "root" || /^[+-]?0+$/.test(name);
}

const isSame = (one: Platform, other: Platform): boolean =>
  one.os === other.os && one.architecture === other.architecture;

const nameOf = ({ os, architecture }: Platform): string => `${os}/${architecture}`;

const describeSize = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB (${bytes} bytes, compressed)`;

const commaSeparated = (items: readonly string[]): string => [...new Set(items)].join(", ");
