import type { Clock, Timer } from "../../clock.ts";
import type { BuildRule } from "../../scenario.ts";
import type { BuildEngine, BuildEvent, BuildPhase, BuildSpec, ImageStore } from "../engine.ts";
import { readBuildVariables } from "./build-variables.ts";
import { simulatedImage } from "./image.ts";
import { firstMatch } from "./build-rules.ts";

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

type Failure = Extract<BuildEvent, { type: "failed" }>;
type Outcome = { exported?: Readonly<Record<string, string>>; failure?: Failure; log?: readonly string[] };

/**
 * Builds that do what buildspec.yml would do with their environment variables, without running anything: an image tagged
 * with the commit is pushed, or the one that is there already is adopted; digest and size are exported. Rules make builds
 * slow, large, or fail.
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
      const status = ruled.status ?? "FAILED";
      return { failure: failure(status, statusCode(phase, status), ruled.message), ...(log !== undefined && { log }) };
    }
    if (this.#failed || (phase !== "PRE_BUILD" && phase !== "BUILD")) return {};
    if (!this.#variables.ok) return { failure: commandFailure(this.#variables.problem) };
    if (phase === "PRE_BUILD") return {};
    return { ...this.#build(), ...(log !== undefined && { log }) };
  }

  #build(): Outcome {
    if (!this.#variables.ok) return {};
    const { name, sha, source, platform, image } = this.#variables;
    const { images, clock } = this.#options;
    const existing = images.find(name, sha);
    if (existing !== undefined) return { exported: exportsOf(existing, "adopted") };
    const sizeBytes = this.#rule?.sizeBytes ?? Math.round(40e6 + this.#options.random() * 20e6);
    try {
      const pushed = images.push({
        repository: name,
        tags: [sha],
        ...simulatedImage({
          revision: sha,
          source,
          platform,
          created: new Date(clock.now()),
          sizeBytes,
          salt: `${image} ${this.#options.random()}`,
        }),
      });
      return { exported: exportsOf(pushed, "built") };
    } catch (error) {
      return { failure: commandFailure(error instanceof Error ? error.message : String(error)) };
    }
  }

  #secondsOf(phase: BuildPhase): number {
    if (phase === "QUEUED" && this.#rule?.queuedSeconds !== undefined) return this.#rule.queuedSeconds;
    if (phase === "BUILD" && this.#adopts()) return adoptSeconds;
    if (phase === "BUILD" && this.#rule?.seconds !== undefined) return this.#rule.seconds;
    return usualSeconds[phase] * (0.9 + 0.2 * this.#options.random());
  }

  #adopts(): boolean {
    return this.#variables.ok && this.#options.images.find(this.#variables.name, this.#variables.sha) !== undefined;
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

// https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html: after a failed BUILD,
// POST_BUILD runs nevertheless; after a failure before it, the build is finalized.
function phaseAfterFailure(phase: BuildPhase, { status }: Failure): BuildPhase {
  if (status === "FAILED" && phase === "BUILD") return "POST_BUILD";
  if (status === "FAILED" && phase === "POST_BUILD") return "UPLOAD_ARTIFACTS";
  return "FINALIZING";
}

function statusCode(phase: BuildPhase, status: Failure["status"]): string {
  if (status === "TIMED_OUT") return "BUILD_TIMED_OUT";
  if (status === "FAULT") return "INTERNAL_SERVICE_ERROR";
  return phase === "DOWNLOAD_SOURCE" ? "CLIENT_ERROR" : "COMMAND_EXECUTION_ERROR";
}

function failure(status: Failure["status"], statusCode: string, message: string): Failure {
  return { type: "failed", status, statusCode, message };
}

function commandFailure(problem: string): Failure {
  return failure(
    "FAILED",
    "COMMAND_EXECUTION_ERROR",
    `Error while executing command: set -euo pipefail. Reason: exit status 1 (${problem})`,
  );
}
