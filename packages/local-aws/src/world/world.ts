import type { Demand } from "../protocol/demand.ts";
import type { Clock } from "../clock/clock.ts";
import type { Call } from "../protocol/service.ts";

/** An event as AWS services hand it to EventBridge; id, time, account, region and version are added by the bus. */
export type ServiceEvent = {
  source: string;
  detailType: string;
  resources: readonly string[];
  detail: Readonly<Record<string, unknown>>;
};

/** How an invocation of a function ended: Lambda's own distinction, with its own error shape. */
export type InvocationResult =
  /** `sizeBytes`: of the answer as the runtime wrote it, where that differs from how JSON.stringify would. */
  | { ok: true; payload: unknown; sizeBytes?: number; durationMs: number }
  | { ok: false; error: { errorType: string; errorMessage: string; trace?: readonly string[] }; durationMs: number };

/** What every simulated service may use of the world around it. One instance a local AWS. */
export type World = {
  clock: Clock;
  region: string;
  accountId: string;
  /** A number in [0, 1) from the seeded generator: the only randomness there is. */
  random(): number;
  /** Hands an event to EventBridge's default bus. Delivery is asynchronous, on the clock. */
  emit(event: ServiceEvent): void;
  /** Invokes a registered function by name or ARN. Rejects with an AwsError `ResourceNotFoundException` when there is none. */
  invoke(functionNameOrArn: string, payload: unknown): Promise<InvocationResult>;
  /** Appends lines to a CloudWatch Logs stream, creating group and stream. */
  log(group: string, stream: string, lines: readonly string[]): void;
  /**
   * Asks IAM for what an operation demands besides, once it is known. Everybody may do everything when absent.
   *
   * @throws AwsError AccessDeniedException
   */
  authorize?(call: Call, demand: Demand): void;
};
