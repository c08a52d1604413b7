import type { Rollout } from "../contract/steps.ts";

/** The state that one service must reach. */
export type Expectation = {
  rollout: Rollout;
  /** When the first service of the release was changed, or when the rollback began. */
  since: Date;
  deadlineMinutes: number;
  /** ARN that the release had set the service to; known during a rollback. */
  failedTaskDefinition?: string;
  /** ARN that the service ran before the release; known during a rollback, where it is accepted like the rollout's. */
  snapshotTaskDefinition?: string;
};
