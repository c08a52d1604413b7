import type { Rollout } from "../contract/steps.ts";

/** What is expected of one service. */
export type Expectation = {
  rollout: Rollout;
  /** When the first service of the release was changed, or the way back began. */
  since: Date;
  deadlineMinutes: number;
  /** ARN that the release had set the service to; known on the way back. */
  failedTaskDefinition?: string;
  /** ARN that the service ran before the release; known on the way back, where it counts as well as the rollout's. */
  snapshotTaskDefinition?: string;
};
