import { formatPath } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";
import { closest } from "./fields.ts";
import type { EnvironmentConfiguration, RepositoryConfiguration } from "./schema.ts";
import { maxTotalTaskMinutes, type TaskConfiguration } from "./tasks.ts";

type LocatedTask = { task: TaskConfiguration; keys: readonly (string | number)[] };

/** Tasks that refer to unknown services or containers, share a name, or may take too long in total. */
export function findTaskProblems({ environments }: RepositoryConfiguration): Violation[] {
  return Object.entries(environments).flatMap(([name, environment]) => {
    const tasks = tasksOf(name, environment);
    return [
      ...tasks.flatMap((one) => unknownReferences(environment, one)),
      ...sharedNames(tasks),
      ...tooLong(name, tasks),
    ];
  });
}

function tasksOf(environment: string, { tasks }: EnvironmentConfiguration): LocatedTask[] {
  const locate = (when: "before" | "after") =>
    tasks[when].map((task, index) => ({ task, keys: ["environments", environment, "tasks", when, index] }));
  return [...locate("before"), ...locate("after")];
}

function unknownReferences({ services }: EnvironmentConfiguration, { task, keys }: LocatedTask): Violation[] {
  const service = Object.hasOwn(services, task.service) ? services[task.service] : undefined;
  if (service === undefined) {
    const message = `${JSON.stringify(task.service)} is not a service of this environment${choice(task.service, services)}`;
    return [{ path: formatPath([...keys, "service"]), message }];
  }
  if (Object.hasOwn(service.containers, task.container)) return [];
  const message =
    `${JSON.stringify(task.container)} is not a container of ${task.service} that runs a released image` +
    choice(task.container, service.containers);
  return [{ path: formatPath([...keys, "container"]), message }];
}

/** The ledger records a task's run under the task's name. */
function sharedNames(tasks: readonly LocatedTask[]): Violation[] {
  const seen = new Set<string>();
  return tasks.flatMap(({ task: { name }, keys }) => {
    const again = seen.has(name);
    seen.add(name);
    if (!again) return [];
    const message = `${JSON.stringify(name)} is the name of another task here: give each task its own name`;
    return [{ path: formatPath([...keys, "name"]), message }];
  });
}

function tooLong(environment: string, tasks: readonly LocatedTask[]): Violation[] {
  const total = tasks.reduce((sum, { task }) => sum + task.deadlineMinutes, 0);
  if (total <= maxTotalTaskMinutes) return [];
  const message = `may take ${total} minutes in total: shorten deadlines to at most ${maxTotalTaskMinutes} minutes in total`;
  return [{ path: formatPath(["environments", environment, "tasks"]), message }];
}

function choice(name: string, known: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(known);
  const likely = closest(name, names);
  return `; it has: ${names.join(", ")}${likely === undefined ? "" : `; did you mean ${likely}?`}`;
}
