import { formatPath } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";
import { closest } from "./fields.ts";
import { imagesOf } from "./images-of.ts";
import type { EnvironmentConfiguration, RepositoryConfiguration } from "./schema.ts";

type Environments = RepositoryConfiguration["environments"];

/**
 * What is wrong with what brings commits to environments: each follows a branch and builds, or follows tags and takes what
 * another environment has verified. Chains of promotions therefore end at a branch, unless they go round in a circle.
 */
export function wrongTriggers({ environments }: RepositoryConfiguration): Violation[] {
  return Object.entries(environments).flatMap(([name, environment]) => {
    const problem = wrongTrigger(environment) ?? wrongSource(name, environment, environments);
    return problem === undefined
      ? []
      : [{ path: formatPath(["environments", name, problem.field]), message: problem.message }];
  });
}

type Problem = { field: "on" | "promoteFrom"; message: string };

function wrongTrigger({ on, promoteFrom }: EnvironmentConfiguration): Problem | undefined {
  if (on.branch === undefined && on.tag === undefined) {
    return { field: "on", message: 'names nothing; write { branch: "main" }, or { tag: "v*" } and promoteFrom' };
  }
  if (on.branch !== undefined && on.tag !== undefined) {
    return { field: "on", message: "names a branch and a tag; an environment follows one of them: remove the other" };
  }
  if (on.tag !== undefined && promoteFrom === undefined) {
    const message = "is missing; a tag promotes what another environment has verified: name that environment";
    return { field: "promoteFrom", message };
  }
  if (on.branch !== undefined && promoteFrom !== undefined) {
    const message = "goes with on.tag only: what follows a branch is built; remove it, or follow a tag";
    return { field: "promoteFrom", message };
  }
  return undefined;
}

function wrongSource(
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
    return { field: "promoteFrom", message: `${quoted} is no other environment; there are: ${known}${hint}` };
  }
  if (isPromotedFromItself(name, environments)) {
    return { field: "promoteFrom", message: `${quoted} leads back to ${name}: one of them must follow a branch` };
  }
  const verified = new Set(imagesOf(source));
  const never = imagesOf({ services }).filter((image) => !verified.has(image));
  if (never.length === 0) return undefined;
  const message = `${quoted} runs no ${never.join(", ")}, so nothing of it could ever be verified there: have a service run it`;
  return { field: "promoteFrom", message };
}

function isPromotedFromItself(name: string, environments: Environments): boolean {
  const passed = new Set<string>();
  let source = environments[name]?.promoteFrom;
  while (source !== undefined && source !== name && !passed.has(source)) {
    passed.add(source);
    source = Object.hasOwn(environments, source) ? environments[source]?.promoteFrom : undefined;
  }
  return source === name;
}
