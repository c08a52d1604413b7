import { closingGaps, describeGaps, gapsIn } from "@lockmaster/core/config/coverage.ts";
import { namesIn } from "@lockmaster/core/config/task-definitions.ts";
import { check } from "../checking/check.ts";
import { problem, problemsOr, type Finding } from "../checking/finding.ts";
import type { EnvironmentTarget } from "../checking/scope.ts";
import type { ServiceFacts } from "../checking/context.ts";

type Facts = {
  target: Pick<EnvironmentTarget, "name" | "environment">;
  services: readonly Pick<ServiceFacts, "target" | "taskDefinition" | "template">[];
};

/** Does the configuration name the families, roles and log groups of the services? Permissions are derived from it. */
export const coverageCheck = check("coverage", "Families, roles and log groups", {
  targets: ({ scope }) => scope.environments,
  gather: async ({ scope, service }, target): Promise<Facts> => {
    const services = scope.services.filter(
      ({ repository, name }) => repository === target.repository && name === target.name,
    );
    return { target, services: await Promise.all(services.map(service)) };
  },
  judge: judgeCoverage,
});

/** Judges as the plan of a release does, and log groups in addition: they do not refuse a release. */
export function judgeCoverage({ target: { name, environment }, services }: Facts): Finding[] {
  const uses = services.flatMap(({ target, taskDefinition, template }) => {
    if (typeof taskDefinition === "string") return [];
    const { families, roles, logGroups } = namesIn(taskDefinition);
    const ofTemplate = namesIn(typeof template === "object" ? template : {});
    const all = {
      families,
      roles: [...roles, ...ofTemplate.roles],
      logGroups: [...logGroups, ...ofTemplate.logGroups],
    };
    return [[target.service, all] as const];
  });
  if (uses.length === 0) return [];
  const gaps = gapsIn(environment, Object.fromEntries(uses));
  const problemsOf = (id: "environment.not-covered" | "environment.logs-not-covered", some: typeof gaps) =>
    some.length === 0 ? [] : [problem(id, name, describeGaps(some), { settings: closingGaps(name, some) })];
  const problems = [
    ...problemsOf(
      "environment.not-covered",
      gaps.filter(({ field }) => field !== "logGroups"),
    ),
    ...problemsOf(
      "environment.logs-not-covered",
      gaps.filter(({ field }) => field === "logGroups"),
    ),
  ];
  return problemsOr(
    problems,
    "coverage",
    name,
    "the configuration names all families, roles and log groups of the services",
  );
}
