import { formatPath } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";
import { closest } from "./fields.ts";
import type { EnvironmentConfiguration, RepositoryConfiguration } from "./schema.ts";
import { mostTaskMinutes, type TaskConfiguration } from "./tasks.ts";

type Placed = { task: TaskConfiguration; keys: readonly (string | number)[] };

/** Tasks that name what is not there, or each other's names, or take too long together. */
export function wrongTasks({ environments }: RepositoryConfiguration): Violation[] {
  return Object.entries(environments).flatMap(([name, environment]) => {
    const placed = tasksOf(name, environment);
    return [
      ...placed.flatMap((one) => strangeReferences(environment, one)),
      ...sharedNames(placed),
      ...tooLong(name, placed),
    ];
  });
}

function tasksOf(environment: string, { tasks }: EnvironmentConfiguration): Placed[] {
  const place = (when: "before" | "after") =>
    tasks[when].map((task, index) => ({ task, keys: ["environments", environment, "tasks", when, index] }));
  return [...place("before"), ...place("after")];
}

function strangeReferences({ services }: EnvironmentConfiguration, { task, keys }: Placed): Violation[] {
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

/** What became of a task is recorded under its name. */
function sharedNames(placed: readonly Placed[]): Violation[] {
  const seen = new Set<string>();
  return placed.flatMap(({ task: { name }, keys }) => {
    const again = seen.has(name);
    seen.add(name);
    if (!again) return [];
    const message = `${JSON.stringify(name)} is the name of another task here; give each a name of its own`;
    return [{ path: formatPath([...keys, "name"]), message }];
  });
}

function tooLong(environment: string, placed: readonly Placed[]): Violation[] {
  const total = placed.reduce((sum, { task }) => sum + task.deadlineMinutes, 0);
  if (total <= mostTaskMinutes) return [];
  const message = `may take ${total} minutes in all; at most ${mostTaskMinutes} are waited for`;
  return [{ path: formatPath(["environments", environment, "tasks"]), message }];
}

function choice(name: string, known: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(known);
  const likely = closest(name, names);
  return `; it has: ${names.join(", ")}${likely === undefined ? "" : `; did you mean ${likely}?`}`;
}
