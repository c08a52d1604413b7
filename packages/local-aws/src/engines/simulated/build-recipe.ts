import type { BuildSpec, ImageStore, StoredImage } from "../engine.ts";

/**
 * Replaces the buildspec of a project. A recipe only reads: the engine takes the time, follows the scenario's rules and
 * pushes the image.
 */
export type BuildRecipe = {
  /** The image and the commit of a build, which a scenario's build rules match. */
  subject(environment: BuildSpec["environment"]): { image?: string | undefined; commit?: string | undefined };
  /** The checks of PRE_BUILD's commands. @returns their error message, or undefined when they succeed */
  preBuild(build: RecipeInput): string | undefined;
  /**
   * The work of BUILD's commands. Called at the start of the phase for its duration, and at the end for its result, because
   * another build can push an image in between.
   */
  build(build: RecipeInput): BuildWork;
  /** The text of BUILD's command, which CodeBuild repeats in its log and when the command fails. `./build.sh` when absent. */
  command?: string;
  /** The lines of a command's log: its output, and what the command writes around it. The output alone when absent. */
  log?(output: readonly string[], exitStatus: number): readonly string[];
};

export type RecipeInput = {
  environment: BuildSpec["environment"];
  region: string;
  accountId: string;
  images: Pick<ImageStore, "find">;
  source: FetchedSource;
};

/** The source as CodeBuild hands it to the commands. */
export type FetchedSource = {
  /** Folders of submodules that are empty. */
  emptySubmodules: readonly string[];
  /** Files of which there is only Git LFS's pointer. CodeBuild never fetches them. */
  lfsPointers: readonly string[];
  /** Whether git has credentials with which the commands can fetch more. */
  gitCredentials: boolean;
};

export type BuildWork =
  /** The commands fail with this error message. */
  | { fails: string }
  /** Nothing is pushed. `seconds` replaces the usual duration of the phase, and that of the scenario's rule. */
  | { exports: ExportedVariables; seconds?: number }
  /** An image is pushed. The scenario defines its size and contents. */
  | { pushes: PushedImage; exports: (image: StoredImage) => ExportedVariables };

export type ExportedVariables = Readonly<Record<string, string>>;

export type PushedImage = {
  repository: string;
  tag: string;
  /** The commit that the image is built from. */
  revision: string;
  /** URL of the source code. */
  source?: string;
  /** `linux/arm64` when absent. */
  platform?: string;
  /** Annotations of the manifest or index, in addition to OCI's. */
  annotations?: Readonly<Record<string, string>>;
};

/** Builds that succeed and push nothing. */
export const emptyBuilds: BuildRecipe = {
  subject: () => ({}),
  preBuild: () => undefined,
  build: () => ({ exports: {} }),
};
