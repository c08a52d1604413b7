/** What a run of `sst.config.ts` leaves: the same in the process that runs it and in the tests. */

/** A resource as the program asked Pulumi for it. */
export type RecordedResource = {
  /** Pulumi's, as in `aws:sfn/stateMachine:StateMachine`. */
  type: string;
  /** Logical name. */
  name: string;
  /** Resolved; secrets are replaced by `{ secret: true }`. */
  inputs: Readonly<Record<string, unknown>>;
  /** Logical names of what has to be there first. */
  after: readonly string[];
  options: { protect: boolean; retainOnDelete: boolean; ignoreChanges: readonly string[] };
};

/** What SST's CLI was asked to bundle. */
export type RecordedBuild = { functionID: string; handler: string; runtime: string; properties: unknown };

export type Recording = {
  /** What `app()` answered. */
  app: Readonly<Record<string, unknown>>;
  resources: readonly RecordedResource[];
  builds: readonly RecordedBuild[];
  /** What `run()` answered. */
  outputs: Readonly<Record<string, unknown>>;
};

/** What the process that runs the program is started with. */
export type ProgramInput = { stage: string; root: string; work: string; configuration: unknown };
