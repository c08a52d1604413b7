import type { Clock, Timer } from "../../clock/clock.ts";
import { ruleUses } from "../../scenario/rule-uses.ts";
import type { BuildRule } from "../../scenario/scenario.ts";
import type { BuildEngine, BuildEvent, BuildPhase, BuildSpec, ImageStore, StoredImage } from "../engine.ts";
import { commandFailure, type Failure, phaseAfterFailure, ruledFailure } from "./build-failures.ts";
import type { BuildRecipe, BuildWork, ExportedVariables, PushedImage, RecipeInput } from "./build-recipe.ts";
import { attestedImage } from "./image-index.ts";
import { simulatedImage } from "./image.ts";

export type SimulatedBuildsOptions = {
  clock: Clock;
  /** A number in [0, 1): varies durations, sizes and digests. */
  random: () => number;
  images: ImageStore;
  region: string;
  accountId: string;
  /** The builds' commands. Rules replace parts of their result. */
  recipe: BuildRecipe;
  rules: readonly BuildRule[];
};

const phases: readonly BuildPhase[] = [
  "QUEUED",
  "PROVISIONING",
  "DOWNLOAD_SOURCE",
  "INSTALL",
  "PRE_BUILD",
  "BUILD",
  "POST_BUILD",
  "UPLOAD_ARTIFACTS",
  "FINALIZING",
];

/** Default durations of the phases, in seconds: those of a small image with a warm cache. */
const usualSeconds: Readonly<Record<BuildPhase, number>> = {
  QUEUED: 2,
  PROVISIONING: 8,
  DOWNLOAD_SOURCE: 3,
  INSTALL: 0,
  PRE_BUILD: 4,
  BUILD: 60,
  POST_BUILD: 1,
  UPLOAD_ARTIFACTS: 0,
  FINALIZING: 1,
};

type Outcome = { exported?: ExportedVariables; failure?: Failure; log?: readonly string[] };

/** Builds that follow the recipe without running commands. Rules make builds slow, large, or fail. */
export function simulatedBuilds(options: SimulatedBuildsOptions): BuildEngine {
  const rules = ruleUses(options.rules);
  return {
    start(spec, on) {
      const { image, commit = "" } = options.recipe.subject(spec.environment);
      const rule = rules.use(
        (one) =>
          (one.image === undefined || one.image === image) &&
          (one.commit === undefined || commit.startsWith(one.commit)),
      );
      const build = new SimulatedBuild(options, spec, rule, on);
      build.enter(0);
      return { stop: () => build.stop() };
    },
  };
}

class SimulatedBuild {
  readonly #options: SimulatedBuildsOptions;
  readonly #spec: BuildSpec;
  readonly #rule: BuildRule | undefined;
  readonly #on: (event: BuildEvent) => void;
  readonly #input: RecipeInput;
  #timer: Timer | undefined;
  #exported: ExportedVariables = {};
  #failed = false;

  constructor(
    options: SimulatedBuildsOptions,
    spec: BuildSpec,
    rule: BuildRule | undefined,
    on: (event: BuildEvent) => void,
  ) {
    const { region, accountId, images } = options;
    this.#options = options;
    this.#spec = spec;
    this.#rule = rule;
    this.#on = on;
    const source = {
      emptySubmodules: spec.source.fetchesSubmodules ? [] : (rule?.source?.submodules ?? []),
      lfsPointers: rule?.source?.lfs ?? [],
      gitCredentials: spec.source.gitCredentials,
    };
    this.#input = { environment: spec.environment, region, accountId, images, source };
  }

  stop(): void {
    this.#timer?.cancel();
  }

  enter(index: number): void {
    const phase = phases[index];
    if (phase === undefined) {
      this.#on({ type: "ended", exported: this.#failed ? {} : this.#exported });
      return;
    }
    this.#on({ type: "phase", phase });
    if (phase !== "QUEUED") this.#log(`Entering phase ${phase}`);
    if (phase === "BUILD") this.#log(`Running command ${this.#options.recipe.command ?? "./build.sh"}`);
    this.#timer = this.#options.clock.after(this.#secondsOf(phase) * 1000, () => this.#leave(phase, index));
  }

  #leave(phase: BuildPhase, index: number): void {
    const { failure, exported, log = [] } = this.#result(phase);
    if (log.length > 0) this.#spec.log(this.#options.recipe.log?.(log, failure === undefined ? 0 : 1) ?? log);
    if (exported !== undefined) this.#exported = exported;
    this.#log(`Phase complete: ${phase} State: ${failure?.status ?? "SUCCEEDED"}`);
    if (failure !== undefined) {
      this.#failed = true;
      this.#log(`Phase context status code: ${failure.statusCode} Message: ${failure.message}`);
      this.#on(failure);
    }
    this.enter(failure === undefined ? index + 1 : phases.indexOf(phaseAfterFailure(phase, failure)));
  }

  /** The result of a phase: the rule's failure, otherwise the result of the recipe's commands. */
  #result(phase: BuildPhase): Outcome {
    const ruled = this.#rule?.fails;
    const log = phase === "BUILD" || ruled?.phase === phase ? this.#rule?.log : undefined;
    if (ruled?.phase === phase) {
      const failure = ruledFailure(phase, ruled.message, ruled.status, this.#options.recipe.command);
      // As at AWS, only the log has the reason for which a command failed.
      const lines = failure.message === ruled.message ? log : [...(log ?? []), ruled.message];
      return { failure, ...(lines !== undefined && { log: lines }) };
    }
    if (this.#failed || (phase !== "PRE_BUILD" && phase !== "BUILD")) return {};
    if (phase === "PRE_BUILD") {
      const problem = this.#options.recipe.preBuild(this.#input);
      return problem === undefined ? {} : this.#fails(problem);
    }
    const outcome = this.#build();
    return { ...outcome, log: [...(log ?? []), ...(outcome.log ?? [])] };
  }

  #build(): Outcome {
    const work = this.#work();
    if ("fails" in work) return this.#fails(work.fails);
    if (!("pushes" in work)) return { exported: work.exports };
    try {
      return { exported: work.exports(this.#push(work.pushes)) };
    } catch (error) {
      return this.#fails(error instanceof Error ? error.message : String(error));
    }
  }

  #fails(problem: string): Outcome {
    return { failure: commandFailure(this.#options.recipe.command), log: [problem] };
  }

  #work(): BuildWork {
    return this.#options.recipe.build(this.#input);
  }

  #push({ repository, tag, revision, source, platform, annotations }: PushedImage): StoredImage {
    const { clock, images, random } = this.#options;
    const { attested = false, ...contents } = this.#rule?.makes ?? {};
    const sizeBytes = this.#rule?.sizeBytes ?? Math.round(40e6 + random() * 20e6);
    const description = {
      revision,
      ...(source !== undefined && { source }),
      ...(platform !== undefined && { platform }),
      ...(annotations !== undefined && { annotations }),
      created: new Date(clock.now()),
      sizeBytes,
      salt: String(random()),
      ...contents,
    };
    if (!attested) return images.push({ repository, tags: [tag], ...simulatedImage(description) });
    const { images: parts, index } = attestedImage(description);
    for (const part of parts) images.push({ repository, tags: [], ...part });
    return images.push({ repository, tags: [tag], manifest: index });
  }

  #secondsOf(phase: BuildPhase): number {
    if (phase === "QUEUED" && this.#rule?.queuedSeconds !== undefined) return this.#rule.queuedSeconds;
    if (phase === "BUILD") {
      const work = this.#work();
      const seconds = ("seconds" in work ? work.seconds : undefined) ?? this.#rule?.seconds;
      if (seconds !== undefined) return seconds;
    }
    return usualSeconds[phase] * (0.9 + 0.2 * this.#options.random());
  }

  #log(line: string): void {
    const time = new Date(this.#options.clock.now()).toISOString().replace("T", " ").replace("Z", "000");
    this.#spec.log([`[Container] ${time.replaceAll("-", "/")} ${line}`]);
  }
}
