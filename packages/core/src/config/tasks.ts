/** Commands that run once for each release, each in a task by itself. */
import * as v from "valibot";
import { EcsName, Name } from "./grammar.ts";

/** So long all tasks of an environment may take together: what the state machine waits for must fit into its history. */
export const mostTaskMinutes = 480;
const mostTasks = 5;

const Task = v.strictObject({
  name: Name,
  /** The service, as `services` calls it, whose task definition, network and capacity the task uses. */
  service: Name,
  /** The container that runs the command, with the image that is released; its exit code counts. */
  container: EcsName,
  command: v.pipe(
    v.array(v.string()),
    v.minLength(1, 'is empty: name the command and its arguments, as in ["./manage", "migrate"]'),
  ),
  /** Counts from the start of the task. */
  deadlineMinutes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(mostTaskMinutes)), 15),
});
export type TaskConfiguration = v.InferOutput<typeof Task>;

const list = v.pipe(
  v.array(Task),
  v.maxLength(mostTasks, `has too many entries: at most ${mostTasks}, or one command that does the work of several`),
);

export const Tasks = v.strictObject({
  /** Migrations, one after the other, before any service is changed. */
  before: v.optional(list, []),
  /** Tests of what then runs, one after the other, once it is healthy. */
  after: v.optional(list, []),
});
