/** The recording of a run of `sst.config.ts`, shared by the process that runs it and the tests. */

/** A resource as the program requested it from Pulumi. */
export type RecordedResource = {
  /** Pulumi's type, for example `aws:sfn/stateMachine:StateMachine`. */
  type: string;
  /** Logical name. */
  name: string;
  /** Resolved; secrets are replaced by `{ secret: true }`. */
  inputs: Readonly<Record<string, unknown>>;
  /** Logical names of the resources that it depends on. */
  after: readonly string[];
  options: { protect: boolean; retainOnDelete: boolean; ignoreChanges: readonly string[] };
};

/** Bundles that were requested from SST's CLI. */
export type RecordedBuild = { functionID: string; handler: string; runtime: string; properties: unknown };

export type Recording = {
  /** Result of `app()`. */
  app: Readonly<Record<string, unknown>>;
  resources: readonly RecordedResource[];
  builds: readonly RecordedBuild[];
  /** Result of `run()`. */
  outputs: Readonly<Record<string, unknown>>;
};

/** Input of the process that runs the program. */
export type ProgramInput = { stage: string; region: string; root: string; work: string; configuration: unknown };
