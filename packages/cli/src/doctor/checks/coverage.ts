import { closingGaps, describeGaps, gapsIn } from "@lockmaster/core/config/coverage.ts";
import { namesIn } from "@lockmaster/core/config/task-definitions.ts";
import { check } from "../checking/check.ts";
import { trouble, troublesOr, type Finding } from "../checking/finding.ts";
import type { EnvironmentTarget } from "../checking/scope.ts";
import type { ServiceFacts } from "../checking/surroundings.ts";

type Facts = {
  target: Pick<EnvironmentTarget, "name" | "environment">;
  services: readonly Pick<ServiceFacts, "target" | "taskDefinition" | "template">[];
};

/** Does what the configuration names, and permissions are made of, take in what services use? */
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

/** As releases are judged when they are planned; and log groups, which are no reason to refuse one. */
export function judgeCoverage({ target: { name, environment }, services }: Facts): Finding[] {
  const uses = services.flatMap(({ target, taskDefinition, template }) => {
    if (typeof taskDefinition === "string") return [];
    const { families, roles, logGroups } = namesIn(taskDefinition);
    const followed = namesIn(typeof template === "object" ? template : {});
    const all = {
      families,
      roles: [...roles, ...followed.roles],
      logGroups: [...logGroups, ...followed.logGroups],
    };
    return [[target.service, all] as const];
  });
  if (uses.length === 0) return [];
  const gaps = gapsIn(environment, Object.fromEntries(uses));
  const toldOf = (id: "environment.not-covered" | "environment.logs-not-covered", own: typeof gaps) =>
    own.length === 0 ? [] : [trouble(id, name, describeGaps(own), { settings: closingGaps(name, own) })];
  const troubles = [
    ...toldOf(
      "environment.not-covered",
      gaps.filter(({ field }) => field !== "logGroups"),
    ),
    ...toldOf(
      "environment.logs-not-covered",
      gaps.filter(({ field }) => field === "logGroups"),
    ),
  ];
  return troublesOr(troubles, "coverage", name, "the configuration takes in what services use");
}
