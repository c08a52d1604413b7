/**
 * The functions, rules and schedules of an installation, as plain data with symbolic references. `infra/` makes AWS resources of
 * it and packages/rehearsal installs the same on the local AWS.
 */

import type { SettingName } from "@lockmaster/core/contract/settings.ts";

export { ledgerSchema } from "@lockmaster/core/ledger/table.ts";

/** The code that creates the resources replaces it with a name, ARN or URL. */
export type Reference =
  | "ledgerTable"
  | "webhookSecret"
  | "stateMachine"
  | "githubCredentials"
  /** Base URL of GitHub's REST API. */
  | "githubApi"
  | "buildProjectPrefix"
  /** CloudWatch namespace of the functions' metrics. */
  | "metricNamespace";

export type FunctionDescription = {
  /** File in `functions/`, exporting `handler`. */
  file: string;
  timeoutSeconds: number;
  memoryMegabytes: number;
  environment: Readonly<Partial<Record<SettingName, { ref: Reference }>>>;
  /** Invoked through a Function URL without IAM authorisation; the function authenticates by itself. */
  publicUrl?: true;
};

export type RuleDescription = {
  description: string;
  /** EventBridge's pattern, in which `{ ref: … }` stands for a value. */
  pattern: Readonly<Record<string, unknown>>;
  target: string;
};

export type ScheduleDescription = {
  description: string;
  /** EventBridge's rate expression: `rate(5 minutes)`. */
  rate: string;
  target: string;
};

const ledger = { LEDGER_TABLE: { ref: "ledgerTable" } } as const;
const counting = { METRIC_NAMESPACE: { ref: "metricNamespace" } } as const;
const recovery = {
  ...counting,
  STATE_MACHINE_ARN: { ref: "stateMachine" },
  BUILD_PROJECT_PREFIX: { ref: "buildProjectPrefix" },
} as const;
const step = { timeoutSeconds: 30, memoryMegabytes: 512 } as const;

export const functions = {
  webhook: {
    ...step,
    file: "functions/webhook.ts",
    // GitHub's timeout is ten seconds: the function must answer before, even with an error.
    timeoutSeconds: 9,
    environment: {
      ...ledger,
      ...counting,
      WEBHOOK_SECRET_ID: { ref: "webhookSecret" },
      STATE_MACHINE_ARN: { ref: "stateMachine" },
      BUILD_PROJECT_PREFIX: { ref: "buildProjectPrefix" },
    },
    publicUrl: true,
  },
  planRelease: {
    ...step,
    file: "functions/plan-release.ts",
    environment: {
      ...ledger,
      GITHUB_API_URL: { ref: "githubApi" },
      GITHUB_CREDENTIALS_ID: { ref: "githubCredentials" },
      BUILD_PROJECT_PREFIX: { ref: "buildProjectPrefix" },
    },
  },
  startBuild: {
    ...step,
    file: "functions/start-build.ts",
    environment: { ...ledger, BUILD_PROJECT_PREFIX: { ref: "buildProjectPrefix" } },
  },
  buildFinished: { ...step, file: "functions/build-finished.ts", environment: { ...ledger } },
  checkImage: { ...step, file: "functions/check-image.ts", environment: { ...ledger } },
  checkScan: { ...step, file: "functions/check-scan.ts", environment: { ...ledger } },
  acquireLock: {
    ...step,
    file: "functions/acquire-lock.ts",
    environment: {
      ...ledger,
      ...counting,
      GITHUB_API_URL: { ref: "githubApi" },
      GITHUB_CREDENTIALS_ID: { ref: "githubCredentials" },
    },
  },
  snapshotServices: { ...step, file: "functions/snapshot-services.ts", environment: { ...ledger } },
  runTask: { ...step, file: "functions/run-task.ts", environment: { ...ledger } },
  deployService: { ...step, file: "functions/deploy-service.ts", environment: { ...ledger } },
  checkHealth: { ...step, file: "functions/check-health.ts", environment: { ...ledger } },
  rollbackService: { ...step, file: "functions/rollback-service.ts", environment: { ...ledger } },
  finishRelease: { ...step, file: "functions/finish-release.ts", environment: { ...ledger, ...counting } },
  recover: { ...step, file: "functions/recover.ts", environment: { ...ledger, ...recovery } },
  reconcile: {
    ...step,
    file: "functions/reconcile.ts",
    environment: {
      ...ledger,
      ...recovery,
      GITHUB_API_URL: { ref: "githubApi" },
      GITHUB_CREDENTIALS_ID: { ref: "githubCredentials" },
    },
  },
} as const satisfies Record<string, FunctionDescription>;

export type FunctionName = keyof typeof functions;

export const functionNames: readonly FunctionName[] = Object.keys(functions).filter(
  (name): name is FunctionName => name in functions,
);

export const rules = {
  buildFinished: {
    description: "A build of Lockmaster's ended: wake the releases that wait for it",
    pattern: {
      source: ["aws.codebuild"],
      "detail-type": ["CodeBuild Build State Change"],
      detail: {
        "build-status": ["SUCCEEDED", "FAILED", "FAULT", "TIMED_OUT", "STOPPED"],
        "project-name": [{ prefix: { ref: "buildProjectPrefix" } satisfies { ref: Reference } }],
      },
    },
    target: "buildFinished" satisfies FunctionName,
  },
  recover: {
    description: "An execution of Lockmaster's ended: finish its record, and recover its environment if necessary",
    pattern: {
      source: ["aws.states"],
      "detail-type": ["Step Functions Execution Status Change"],
      detail: {
        status: ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"],
        stateMachineArn: [{ ref: "stateMachine" } satisfies { ref: Reference }],
      },
    },
    target: "recover" satisfies FunctionName,
  },
} as const satisfies Record<string, RuleDescription>;

export const schedules = {
  reconcile: {
    description: "Make up for lost events",
    rate: "rate(5 minutes)",
    target: "reconcile" satisfies FunctionName,
  },
} as const satisfies Record<string, ScheduleDescription>;

/** Functions that the state machine invokes; `${name}` in the ASL stands for the function's ARN. */
export const stateMachine = {
  file: "statemachine/release.asl.json",
  functions: [
    "planRelease",
    "startBuild",
    "checkImage",
    "checkScan",
    "acquireLock",
    "snapshotServices",
    "runTask",
    "deployService",
    "checkHealth",
    "rollbackService",
    "finishRelease",
  ] satisfies FunctionName[],
} as const;
