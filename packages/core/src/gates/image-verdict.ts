import type { ImageGate } from "../config/gates.ts";
import type { ErrorCode } from "../lib/errors.ts";
import type { ImageConfig, Platform } from "./image-manifest.ts";
import { growthPercent } from "./image-sizes.ts";
import type { ImageUse } from "./image-uses.ts";

/** One image that can run: all there is, or one platform's of an index. */
export type PlatformImage = {
  /** Configuration and layers as the registry stores them: compressed. */
  sizeBytes: number;
  config: ImageConfig;
};

/** What the gate judges by, beside the image. */
export type ImagePolicy = {
  gate: ImageGate;
  /** Who runs it, and on what. */
  uses: readonly ImageUse[];
  /** Size in the environment's last successful release; absent where none recorded one. */
  previousSizeBytes?: number;
};

export type ImageProblem = { code: ErrorCode; message: string };

export type ImageVerdict = {
  /** Of the image that will run; of the largest one when an index is used on several platforms. */
  sizeBytes: number;
  growthPercent?: number;
  /** Everything that is wrong with it; none when it passes. */
  problems: readonly ImageProblem[];
  /** What was not judged, and why. */
  notes: readonly string[];
};

type Subject = ImagePolicy & { images: readonly PlatformImage[]; sizeBytes: number; growthPercent?: number };
type Rule = (subject: Subject) => ImageProblem | undefined;

const rules: readonly Rule[] = [tooLarge, grew, runsAsRoot, wrongPlatform, withoutEntrypoint, withoutLabels];

/**
 * Judges an image. User, entry point and labels are those of every image of an index; its size is that of what will run.
 *
 * @param images one at least
 */
export function judgeImage(images: readonly PlatformImage[], policy: ImagePolicy): ImageVerdict {
  const sizeBytes = Math.max(...runningOf(images, policy.uses).map((image) => image.sizeBytes));
  const { previousSizeBytes } = policy;
  const growth = previousSizeBytes === undefined ? {} : { growthPercent: growthPercent(sizeBytes, previousSizeBytes) };
  const subject = { ...policy, images, sizeBytes, ...growth };
  return { sizeBytes, ...growth, problems: rules.flatMap((rule) => rule(subject) ?? []), notes: notesOn(policy) };
}

/** The images for the platforms that it is used on; all of them where these are unknown, or not among them. */
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
      ? ["Its growth is not judged: no successful release of the environment has recorded its size"]
      : []),
    ...(anywhere.length > 0
      ? [`Its platform is not judged for ${list(anywhere)}, whose task definition names none and runs on EC2`]
      : []),
  ];
}

function tooLarge({ gate: { maximumMegabytes }, sizeBytes }: Subject): ImageProblem | undefined {
  if (maximumMegabytes === undefined || sizeBytes <= maximumMegabytes * 1_000_000) return undefined;
  return {
    code: "IMAGE_TOO_LARGE",
    message: `it takes ${describeSize(sizeBytes)}, where ${maximumMegabytes} MB may pass: build it in stages from a smaller base and ship the last stage only, or raise gates.image.maximumMegabytes`,
  };
}

function grew({ gate, growthPercent: grown, sizeBytes, previousSizeBytes = 0 }: Subject): ImageProblem | undefined {
  const { maximumGrowthPercent } = gate;
  if (maximumGrowthPercent === undefined || grown === undefined || grown <= maximumGrowthPercent) return undefined;
  return {
    code: "IMAGE_GREW",
    message: `it grew by ${grown.toFixed(1)} %, from ${describeSize(previousSizeBytes)} to ${describeSize(sizeBytes)}, where ${maximumGrowthPercent} % may pass: look for what came in with \`docker history\`, or raise gates.image.maximumGrowthPercent`,
  };
}

function runsAsRoot({ gate, images }: Subject): ImageProblem | undefined {
  if (gate.user === "any") return undefined;
  const found = images.find(({ config }) => isRoot(config.user));
  if (found === undefined) return undefined;
  const user = found.config.user === "" ? "it names no user, and so runs as root" : `its user is ${found.config.user}`;
  return {
    code: "IMAGE_RUNS_AS_ROOT",
    message: `${user}: give the last stage of its Dockerfile a USER without root's rights, as in USER 10001, or set gates.image.user to "any"`,
  };
}

function wrongPlatform({ images, uses }: Subject): ImageProblem | undefined {
  const missing = uses.filter(
    ({ platform }) => platform !== undefined && !images.some(({ config }) => isSame(platform, config.platform)),
  );
  const [first] = missing;
  if (first?.platform === undefined) return undefined;
  const built = list(images.map(({ config }) => describe(config.platform)));
  return {
    code: "IMAGE_PLATFORM_WRONG",
    message: `it is built for ${built}, and ${list(missing.map(({ service }) => service))} runs on ${describe(first.platform)}: set the image's platform in the configuration, or runtimePlatform in the task definition`,
  };
}

function withoutEntrypoint({ images, uses }: Subject): ImageProblem | undefined {
  const startsNothing = images.some(({ config }) => config.entrypoint.length === 0 && config.command.length === 0);
  // Without a use nobody names a command for it.
  const named = uses.length > 0 && uses.every(({ namesCommand }) => namesCommand);
  if (!startsNothing || named) return undefined;
  return {
    code: "IMAGE_WITHOUT_ENTRYPOINT",
    message:
      "it does not say what is started: give the last stage of its Dockerfile an ENTRYPOINT or a CMD, or the container a command in its task definition",
  };
}

function withoutLabels({ gate, images }: Subject): ImageProblem | undefined {
  const missing = gate.labels.filter((label) =>
    images.some(({ config }) => (Object.hasOwn(config.labels, label) ? config.labels[label] : "") === ""),
  );
  if (missing.length === 0) return undefined;
  return {
    code: "IMAGE_LABEL_MISSING",
    message: `it does not bear ${list(missing)}: set the label with LABEL in its Dockerfile, or take it out of gates.image.labels`,
  };
}

/**
 * Whether a container starts as root: user id 0, by name or number, whatever its group. Runtimes read the number as Go's
 * `strconv.Atoi` does, which takes a sign and leading zeros.
 */
function isRoot(user: string): boolean {
  const [name = ""] = user.trim().split(":");
  return name === "" || name === "root" || /^[+-]?0+$/.test(name);
}

const isSame = (one: Platform, other: Platform): boolean =>
  one.os === other.os && one.architecture === other.architecture;

const describe = ({ os, architecture }: Platform): string => `${os}/${architecture}`;

const describeSize = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB (${bytes} bytes, compressed)`;

const list = (items: readonly string[]): string => [...new Set(items)].join(", ");
