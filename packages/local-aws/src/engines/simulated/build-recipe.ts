import type { BuildSpec, ImageStore, StoredImage } from "../engine.ts";

/**
 * What the builds of a project do, in place of running its buildspec. A recipe only reads: the engine takes the time,
 * follows the scenario's rules and pushes the image.
 */
export type BuildRecipe = {
  /** The image and the commit that a build is about, by which a scenario's build rules match. */
  subject(environment: BuildSpec["environment"]): { image?: string | undefined; commit?: string | undefined };
  /** Checks what the commands of PRE_BUILD check. @returns their error message, or undefined when they succeed */
  preBuild(build: RecipeInput): string | undefined;
  /**
   * What the commands of BUILD do. Called when the phase starts, for its duration, and when it ends, for its result: another
   * build may have pushed an image in between.
   */
  build(build: RecipeInput): BuildWork;
};

export type RecipeInput = {
  environment: BuildSpec["environment"];
  region: string;
  accountId: string;
  images: Pick<ImageStore, "find">;
};

export type BuildWork =
  /** The commands fail with this error message. */
  | { fails: string }
  /** Nothing is pushed. `seconds` replaces the usual duration of the phase, and that of the scenario's rule. */
  | { exports: ExportedVariables; seconds?: number }
  /** An image is pushed. Its size and contents are the scenario's part. */
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
  /** Of the manifest or index, beside OCI's own. */
  annotations?: Readonly<Record<string, string>>;
};

/** Builds that succeed and push nothing. */
export const emptyBuilds: BuildRecipe = {
  subject: () => ({}),
  preBuild: () => undefined,
  build: () => ({ exports: {} }),
};
