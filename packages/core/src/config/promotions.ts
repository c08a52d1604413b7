import { formatPath } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";
import { closest } from "./fields.ts";
import { imagesOf } from "./images-of.ts";
import type { EnvironmentConfiguration, RepositoryConfiguration } from "./schema.ts";

type Environments = RepositoryConfiguration["environments"];

/**
 * Problems of what triggers releases to an environment. An environment follows a branch and builds its commits, or follows tags
 * and promotes what another environment has verified. So each chain of promotions must begin at a branch.
 */
export function findTriggerProblems({ environments }: RepositoryConfiguration): Violation[] {
  return Object.entries(environments).flatMap(([name, environment]) => {
    const problem = triggerProblem(environment) ?? sourceProblem(name, environment, environments);
    return problem === undefined
      ? []
      : [{ path: formatPath(["environments", name, problem.field]), message: problem.message }];
  });
}

type Problem = { field: "on" | "promoteFrom"; message: string };

function triggerProblem({ on, promoteFrom }: EnvironmentConfiguration): Problem | undefined {
  if (on.branch === undefined && on.tag === undefined) {
    return { field: "on", message: 'is empty: write { branch: "main" }, or { tag: "v*" } with promoteFrom' };
  }
  if (on.branch !== undefined && on.tag !== undefined) {
    return {
      field: "on",
      message: "has a branch and a tag, and an environment follows only one of them: remove the other",
    };
  }
  if (on.tag !== undefined && promoteFrom === undefined) {
    const message =
      "is missing: on.tag promotes the images that another environment has verified; name that environment";
    return { field: "promoteFrom", message };
  }
  if (on.branch !== undefined && promoteFrom !== undefined) {
    const message = "is only valid with on.tag, because commits of a branch are built: remove it, or follow a tag";
    return { field: "promoteFrom", message };
  }
  return undefined;
}

function sourceProblem(
  name: string,
  { promoteFrom, services }: EnvironmentConfiguration,
  environments: Environments,
): Problem | undefined {
  if (promoteFrom === undefined) return undefined;
  const quoted = JSON.stringify(promoteFrom);
  const others = Object.keys(environments).filter((other) => other !== name);
  const source = others.includes(promoteFrom) ? environments[promoteFrom] : undefined;
  if (source === undefined) {
    const likely = closest(promoteFrom, others);
    const hint = likely === undefined ? "" : `; did you mean ${likely}?`;
    const known = others.join(", ") || "none";
    return {
      field: "promoteFrom",
      message: `${quoted} is not another environment of this repository; the others are: ${known}${hint}`,
    };
  }
  if (isPromotedFromItself(name, environments)) {
    return {
      field: "promoteFrom",
      message: `${quoted} is itself promoted from ${name}, directly or through others: let one of these environments follow a branch`,
    };
  }
  const verified = new Set(imagesOf(source));
  const unverified = imagesOf({ services }).filter((image) => !verified.has(image));
  if (unverified.length === 0) return undefined;
  const message = `${quoted} does not run ${unverified.join(", ")}, so it cannot verify that image: add it to a service there`;
  return { field: "promoteFrom", message };
}

function isPromotedFromItself(name: string, environments: Environments): boolean {
  const visited = new Set<string>();
  let source = environments[name]?.promoteFrom;
  while (source !== undefined && source !== name && !visited.has(source)) {
    visited.add(source);
    source = Object.hasOwn(environments, source) ? environments[source]?.promoteFrom : undefined;
  }
  return source === name;
}
