import type { Timer } from "../../clock/clock.ts";
import type { BuildEngine, BuildEvent, BuildPhase, RunningBuild } from "../../engines/engine.ts";
import type { World } from "../../world/world.ts";
import { type BuildState, type PhaseContext, type PhaseState, currentPhase, logStreamOf } from "./build.ts";
import { buildPhaseChange, buildStateChange } from "./events.ts";

type EndStatus = NonNullable<PhaseState["status"]>;

/** One build on its way: keeps CodeBuild's phases, time-outs and events while an engine does the work. */
export class BuildRun {
  readonly state: BuildState;
  readonly #world: World;
  readonly #onEnd: () => void;
  #timeout: Timer | undefined;
  #work: RunningBuild | undefined;
  #failure: EndStatus | undefined;

  /** @param onEnd called once, when the build has ended in whichever way */
  constructor(world: World, state: BuildState, onEnd: () => void) {
    this.#world = world;
    this.state = state;
    this.#onEnd = onEnd;
  }

  /** Submits the build: from here on it waits in the queue. */
  submit(): void {
    this.state.phases.push({ type: "SUBMITTED", startedAt: this.#world.clock.now(), contexts: [] });
    this.#world.emit(buildStateChange(this.#world, this.state));
    this.#enter("QUEUED");
    this.#endAfter(this.state.project.queuedTimeoutInMinutes);
  }

  /** Takes the build out of the queue. */
  start(engine: BuildEngine): void {
    const { id, project, sourceVersion = "", variables } = this.state;
    const { group, stream } = logStreamOf(this.state);
    const work = engine.start(
      {
        buildId: id,
        project: project.name,
        sourceVersion,
        environment: Object.fromEntries(variables.map(({ name, value }) => [name, value])),
        log: (lines) => this.#world.log(group, stream, lines),
      },
      (event) => this.#on(event),
    );
    this.#work = work;
    if (!this.isRunning) work.stop();
  }

  /** Ends the build as STOPPED. A build that has ended stays as it is. */
  stop(): void {
    if (!this.isRunning) return;
    this.#work?.stop();
    this.#leave("STOPPED");
    this.#end("STOPPED", {});
  }

  get isRunning(): boolean {
    return this.state.status === "IN_PROGRESS";
  }

  #on(event: BuildEvent): void {
    if (!this.isRunning) return;
    switch (event.type) {
      case "phase":
        if (event.phase !== currentPhase(this.state).type) this.#enter(event.phase);
        break;
      case "failed":
        this.#failure ??= event.status;
        this.#leave(event.status, { statusCode: event.statusCode, message: event.message });
        break;
      case "ended":
        this.#leave("SUCCEEDED");
        this.#end(this.#failure ?? "SUCCEEDED", event.exported);
        break;
    }
  }

  /** The build's own time-out counts from the moment on that a machine works on it. */
  #enter(phase: BuildPhase): void {
    this.#leave("SUCCEEDED");
    const left = currentPhase(this.state);
    if (left.type === "QUEUED") this.#endAfter(this.state.timeoutInMinutes);
    this.state.phases.push({ type: phase, startedAt: this.#world.clock.now(), contexts: [] });
    this.#world.emit(buildPhaseChange(this.#world, this.state, left));
  }

  /** Closes the current phase. One that is closed already (it failed) stays as it is. */
  #leave(status: EndStatus, context?: PhaseContext): void {
    const phase = currentPhase(this.state);
    if (phase.endedAt !== undefined) return;
    phase.endedAt = this.#world.clock.now();
    phase.status = status;
    if (context !== undefined) phase.contexts = [context];
    // Phases on a machine carry an empty context even when all is well.
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
      this.#leave("TIMED_OUT", { statusCode: "BUILD_TIMED_OUT", message: "Build has timed out. " });
      this.#end("TIMED_OUT", {});
    });
  }
}
