/** Commands that run once for each release, each in its own ECS task. */
import * as v from "valibot";
import { EcsName, Name } from "./grammar.ts";

/** For all tasks of an environment together: the polls of the state machine must fit into its execution history. */
export const maxTotalTaskMinutes = 480;
const maxTasksPerList = 5;

const Task = v.strictObject({
  name: Name,
  /** A key of `services`: the task uses this service's task definition, network and capacity. */
  service: Name,
  /** The container that runs the command with the released image; its exit code decides. */
  container: EcsName,
  command: v.pipe(
    v.array(v.string()),
    v.minLength(1, 'is empty: write the command and its arguments, as in ["./manage", "migrate"]'),
  ),
  /** Counts from the start of the task. */
  deadlineMinutes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(maxTotalTaskMinutes)), 15),
});
export type TaskConfiguration = v.InferOutput<typeof Task>;

const list = v.pipe(
  v.array(Task),
  v.maxLength(
    maxTasksPerList,
    `has too many entries: write at most ${maxTasksPerList}, or combine several in one command`,
  ),
);

export const Tasks = v.strictObject({
  /** For example migrations: run one after the other, before any service is changed. */
  before: v.optional(list, []),
  /** For example tests of the deployed services: run one after the other, when the services are healthy. */
  after: v.optional(list, []),
});
