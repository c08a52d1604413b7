import type { Timer } from "../../clock/clock.ts";
import type { BuildEngine, BuildEvent, BuildPhase, RunningBuild } from "../../engines/engine.ts";
import type { World } from "../../world/world.ts";
import { type BuildState, type PhaseContext, type PhaseState, currentPhase, logStreamOf, sourceOf } from "./build.ts";
import { buildPhaseChange, buildStateChange } from "./events.ts";

type EndStatus = NonNullable<PhaseState["status"]>;

/** Runs one build: an engine does the work; this class keeps CodeBuild's phases and timeouts and emits its events. */
export class BuildRun {
  readonly state: BuildState;
  readonly #world: World;
  readonly #onEnd: () => void;
  #timeout: Timer | undefined;
  #work: RunningBuild | undefined;
  #failure: EndStatus | undefined;

  /** @param onEnd called once, when the build has ended with any status */
  constructor(world: World, state: BuildState, onEnd: () => void) {
    this.#world = world;
    this.state = state;
    this.#onEnd = onEnd;
  }

  /** Submits the build to the queue. */
  submit(): void {
    this.state.phases.push({ type: "SUBMITTED", startedAt: this.#world.clock.now(), contexts: [] });
    this.#world.emit(buildStateChange(this.#world, this.state));
    this.#beginPhase("QUEUED");
    this.#endAfter(this.state.project.queuedTimeoutInMinutes);
  }

  /** Starts the queued build in the engine. */
  start(engine: BuildEngine): void {
    const { id, project, sourceVersion = "", variables } = this.state;
    const { group, stream } = logStreamOf(this.state);
    const work = engine.start(
      {
        buildId: id,
        project: project.name,
        sourceVersion,
        environment: Object.fromEntries(variables.map(({ name, value }) => [name, value])),
        source: sourceOf(project),
        log: (lines) => this.#world.log(group, stream, lines),
      },
      (event) => this.#applyEvent(event),
    );
    this.#work = work;
    if (!this.isRunning) work.stop();
  }

  /** Ends the build as STOPPED. Has no effect on a build that has ended. */
  stop(): void {
    if (!this.isRunning) return;
    this.#work?.stop();
    this.#endPhase("STOPPED");
    this.#end("STOPPED", {});
  }

  get isRunning(): boolean {
    return this.state.status === "IN_PROGRESS";
  }

  #applyEvent(event: BuildEvent): void {
    if (!this.isRunning) return;
    switch (event.type) {
      case "phase":
        if (event.phase !== currentPhase(this.state).type) this.#beginPhase(event.phase);
        break;
      case "failed":
        this.#failure ??= event.status;
        this.#endPhase(event.status, { statusCode: event.statusCode, message: event.message });
        break;
      case "ended":
        this.#endPhase("SUCCEEDED");
        this.#end(this.#failure ?? "SUCCEEDED", event.exported);
        break;
    }
  }

  /** The build's timeout begins when the build leaves the queue. */
  #beginPhase(phase: BuildPhase): void {
    this.#endPhase("SUCCEEDED");
    const completed = currentPhase(this.state);
    if (completed.type === "QUEUED") this.#endAfter(this.state.timeoutInMinutes);
    this.state.phases.push({ type: phase, startedAt: this.#world.clock.now(), contexts: [] });
    this.#world.emit(buildPhaseChange(this.#world, this.state, completed));
  }

  /** Ends the current phase. A phase that has already ended (because it failed) keeps its status. */
  #endPhase(status: EndStatus, context?: PhaseContext): void {
    const phase = currentPhase(this.state);
    if (phase.endedAt !== undefined) return;
    phase.endedAt = this.#world.clock.now();
    phase.status = status;
    if (context !== undefined) phase.contexts = [context];
    // CodeBuild gives phases on a build machine an empty context when they succeed.
    else if (phase.type !== "SUBMITTED" && phase.type !== "QUEUED") phase.contexts = [{ statusCode: "", message: "" }];
  }

  #end(status: EndStatus, exported: Readonly<Record<string, string>>): void {
    this.#timeout?.cancel();
    const last = currentPhase(this.state);
    const now = this.#world.clock.now();
    this.state.phases.push({ type: "COMPLETED", startedAt: now, contexts: [] });
    this.#world.emit(buildPhaseChange(this.#world, this.state, last));
    this.state.status = status;
    this.state.endedAt = now;
    this.state.exported = exported;
    this.#world.emit(buildStateChange(this.#world, this.state));
    this.#onEnd();
  }

  #endAfter(minutes: number): void {
    this.#timeout?.cancel();
    this.#timeout = this.#world.clock.after(minutes * 60_000, () => {
      this.#work?.stop();
      this.#endPhase("TIMED_OUT", { statusCode: "BUILD_TIMED_OUT", message: "Build has timed out. " });
      this.#end("TIMED_OUT", {});
    });
  }
}
