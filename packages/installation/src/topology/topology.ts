/**
 * The one description of what runs: plain data with symbolic references. `infra/*.ts` turns it into AWS resources, the local
 * mode registers the same with the local AWS; nothing else knows how things are wired.
 */

export { ledgerSchema } from "@lockmaster/core/ledger/table.ts";

/** Resolved to a name, ARN or URL by whoever builds the resources. */
export type Reference =
  | "ledgerTable"
  | "webhookSecret"
  | "stateMachine"
  | "githubCredentials"
  /** Base URL of GitHub's REST API. */
  | "githubApi"
  | "buildProjectPrefix"
  /** CloudWatch's, of the metrics that the functions tell. */
  | "metricNamespace";

export type FunctionDescription = {
  /** File in `functions/`, exporting `handler`. */
  file: string;
  timeoutSeconds: number;
  memoryMegabytes: number;
  environment: Readonly<Record<string, { ref: Reference }>>;
  /** Invoked through a Function URL without IAM authorisation; the function authenticates by itself. */
  publicUrl?: true;
};

export type RuleDescription = {
  description: string;
  /** As EventBridge has it, but that `{ ref: … }` stands for what it refers to. */
  pattern: Readonly<Record<string, unknown>>;
  target: string;
};

export type ScheduleDescription = {
  description: string;
  /** As EventBridge has it: `rate(5 minutes)`. */
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
    // GitHub gives up after ten seconds; an answer of our own, even a failure, must come before.
    timeoutSeconds: 9,
    environment: {
      ...ledger,
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
    description: "A build of Lockmaster's ended: wake who waits for it",
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
    description: "An execution of Lockmaster's ended: do what is left to do",
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
    description: "Find what events have missed",
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
