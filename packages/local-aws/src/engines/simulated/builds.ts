import type { Clock, Timer } from "../../clock/clock.ts";
import type { BuildRule } from "../../scenario/scenario.ts";
import type { BuildEngine, BuildEvent, BuildPhase, BuildSpec, ImageStore, StoredImage } from "../engine.ts";
import { readBuildVariables } from "./build-variables.ts";
import { type Failure, commandFailure, phaseAfterFailure, ruledFailure } from "./build-failures.ts";
import { firstMatch } from "./build-rules.ts";
import { attestedImage } from "./image-index.ts";
import { buildKeyAnnotation, type ImageDescription, simulatedImage } from "./image.ts";

export type SimulatedBuildsOptions = {
  clock: Clock;
  /** A number in [0, 1): varies durations, sizes and digests. */
  random(): number;
  images: ImageStore;
  region: string;
  accountId: string;
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

/** How long the phases take where no rule says otherwise, in seconds: what a small image with a warm cache needs. */
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
const adoptSeconds = 1;

type Outcome = { exported?: Readonly<Record<string, string>>; failure?: Failure; log?: readonly string[] };

/**
 * Builds that do what buildspec.yml would do with their environment variables, without running anything: an image tagged
 * with the commit is pushed, or the one that is there already is adopted; digest and size are exported. A check only takes
 * its time. Rules make builds slow, large, or fail.
 */
export function simulatedBuilds(options: SimulatedBuildsOptions): BuildEngine {
  const ruleFor = firstMatch(options.rules);
  return {
    start(spec, on) {
      const rule = ruleFor(spec);
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
  readonly #variables: ReturnType<typeof readBuildVariables>;
  #timer: Timer | undefined;
  #exported: Readonly<Record<string, string>> = {};
  #failed = false;

  constructor(
    options: SimulatedBuildsOptions,
    spec: BuildSpec,
    rule: BuildRule | undefined,
    on: (event: BuildEvent) => void,
  ) {
    this.#options = options;
    this.#spec = spec;
    this.#rule = rule;
    this.#on = on;
    this.#variables = readBuildVariables(spec.environment, options);
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
    this.#timer = this.#options.clock.after(this.#secondsOf(phase) * 1000, () => this.#leave(phase, index));
  }

  #leave(phase: BuildPhase, index: number): void {
    const { failure, exported, log = [] } = this.#work(phase);
    if (log.length > 0) this.#spec.log(log);
    if (exported !== undefined) this.#exported = exported;
    this.#log(`Phase complete: ${phase} State: ${failure?.status ?? "SUCCEEDED"}`);
    if (failure !== undefined) {
      this.#failed = true;
      this.#log(`Phase context status code: ${failure.statusCode} Message: ${failure.message}`);
      this.#on(failure);
    }
    this.enter(failure === undefined ? index + 1 : phases.indexOf(phaseAfterFailure(phase, failure)));
  }

  /** What a phase comes to: the rule's failure first, then what the buildspec would do. */
  #work(phase: BuildPhase): Outcome {
    const ruled = this.#rule?.fails;
    const log = phase === "BUILD" || ruled?.phase === phase ? this.#rule?.log : undefined;
    if (ruled?.phase === phase) {
      return { failure: ruledFailure(phase, ruled.message, ruled.status), ...(log !== undefined && { log }) };
    }
    if (this.#failed || (phase !== "PRE_BUILD" && phase !== "BUILD")) return {};
    if (!this.#variables.ok) return commandFailure(this.#variables.problem);
    if (phase === "PRE_BUILD")
      return this.#isTagTaken() ? commandFailure("The tag is taken by an image of another build") : {};
    const outcome = this.#build();
    return { ...outcome, log: [...(log ?? []), ...(outcome.log ?? [])] };
  }

  #build(): Outcome {
    if (!this.#variables.ok) return {};
    if (this.#variables.check) return { exported: { LOCKMASTER_OUTCOME: "tested" } };
    const { name, sha, source, platform, key } = this.#variables;
    const existing = this.#existing();
    if (existing !== undefined) return { exported: exportsOf(existing, "adopted") };
    const sizeBytes = this.#rule?.sizeBytes ?? Math.round(40e6 + this.#options.random() * 20e6);
    const description = {
      revision: sha,
      source,
      platform,
      created: new Date(this.#options.clock.now()),
      sizeBytes,
      buildKey: key,
      salt: String(this.#options.random()),
    };
    try {
      return { exported: exportsOf(this.#push(name, sha, description), "built") };
    } catch (error) {
      return commandFailure(error instanceof Error ? error.message : String(error));
    }
  }

  #push(repository: string, tag: string, description: ImageDescription): StoredImage {
    const { images } = this.#options;
    const { attested = false, ...likeness } = this.#rule?.makes ?? {};
    const made = { ...description, ...likeness };
    if (!attested) return images.push({ repository, tags: [tag], ...simulatedImage(made) });
    const { images: parts, index } = attestedImage(made);
    for (const part of parts) images.push({ repository, tags: [], ...part });
    return images.push({ repository, tags: [tag], manifest: index });
  }

  #secondsOf(phase: BuildPhase): number {
    if (phase === "QUEUED" && this.#rule?.queuedSeconds !== undefined) return this.#rule.queuedSeconds;
    if (phase === "BUILD" && this.#existing() !== undefined) return adoptSeconds;
    if (phase === "BUILD" && this.#rule?.seconds !== undefined) return this.#rule.seconds;
    return usualSeconds[phase] * (0.9 + 0.2 * this.#options.random());
  }

  /** What a check finds in the registry is none of its business. */
  #existing(): StoredImage | undefined {
    return this.#variables.ok && !this.#variables.check
      ? this.#options.images.find(this.#variables.name, this.#variables.sha)
      : undefined;
  }

  /** An image is there that another kind of build made, or nobody knows which. */
  #isTagTaken(): boolean {
    const existing = this.#existing();
    return (
      existing !== undefined && this.#variables.ok && existing.annotations?.[buildKeyAnnotation] !== this.#variables.key
    );
  }

  #log(line: string): void {
    const time = new Date(this.#options.clock.now()).toISOString().replace("T", " ").replace("Z", "000");
    this.#spec.log([`[Container] ${time.replaceAll("-", "/")} ${line}`]);
  }
}

function exportsOf(image: { digest: string; sizeBytes: number }, outcome: "built" | "adopted"): Record<string, string> {
  return {
    LOCKMASTER_DIGEST: image.digest,
    LOCKMASTER_SIZE_BYTES: String(image.sizeBytes),
    LOCKMASTER_OUTCOME: outcome,
  };
}
