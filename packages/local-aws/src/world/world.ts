import type { Demand } from "../protocol/demand.ts";
import type { Clock } from "../clock/clock.ts";
import type { Call } from "../protocol/service.ts";

/** An event as AWS services emit it. The bus adds id, time, account, region and version. */
export type ServiceEvent = {
  source: string;
  detailType: string;
  resources: readonly string[];
  detail: Readonly<Record<string, unknown>>;
};

/** The result of an invocation: the function's payload, or its error in Lambda's format. */
export type InvocationResult =
  /** `sizeBytes`: size of the payload as the runtime serialized it, if JSON.stringify gives a different size. */
  | { ok: true; payload: unknown; sizeBytes?: number; durationMs: number }
  | { ok: false; error: { errorType: string; errorMessage: string; trace?: readonly string[] }; durationMs: number };

/** What the services share: one instance for each local AWS. */
export type World = {
  clock: Clock;
  region: string;
  accountId: string;
  /** A number in [0, 1) from the seeded generator, the only source of random numbers. */
  random(): number;
  /** Emits an event to EventBridge's default bus. Delivery is asynchronous, on the clock. */
  emit(event: ServiceEvent): void;
  /** Invokes a registered function by name or ARN. Rejects with an AwsError `ResourceNotFoundException` when it does not exist. */
  invoke(functionNameOrArn: string, payload: unknown): Promise<InvocationResult>;
  /** Appends lines to a CloudWatch Logs stream, creating group and stream. */
  log(group: string, stream: string, lines: readonly string[]): void;
  /**
   * Checks a permission that an operation requires in addition to its own. Everything is permitted when absent.
   *
   * @throws AwsError AccessDeniedException
   */
  authorize?(call: Call, demand: Demand): void;
};
