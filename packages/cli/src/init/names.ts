/** Usual names of stages, production first. */
const stages = [
  ["production", ["production", "prod", "prd", "live"]],
  ["staging", ["staging", "stage", "stg", "preprod", "preproduction"]],
  ["acceptance", ["acceptance", "uat"]],
  ["qa", ["qa"]],
  ["test", ["test", "testing"]],
  ["integration", ["integration", "int"]],
  ["sandbox", ["sandbox"]],
  ["demo", ["demo"]],
  ["development", ["development", "develop", "dev"]],
] as const;

export type Stage = (typeof stages)[number][0];

/** The stage that a name contains as a separate word: `shop-prod` → `production`. */
export function stageIn(name: string): Stage | undefined {
  const words = new Set(name.toLowerCase().split(/[^a-z]+/));
  return stages.find(([, names]) => names.some((word) => words.has(word)))?.[0];
}

/** Distance of a stage from production, which has 0; a missing stage has the longest distance. */
export const distanceToProduction = (stage: Stage | undefined): number =>
  stage === undefined ? stages.length : stages.findIndex(([name]) => name === stage);

const maxLength = 40;

/** Names that the configuration refuses: the ledger keeps checks of pull requests under the first, and every object has the others. */
const reserved = ["checks", ...Object.getOwnPropertyNames(Object.prototype)];

/** @returns a function that turns a suggestion into a valid name which it has not returned before */
export function uniqueNames(): (suggestion: string) => string {
  const taken = new Set(reserved);
  return (suggestion) => {
    const safe = suggestion.replaceAll(/[^\w-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "") || "one";
    const base = safe.slice(0, maxLength);
    let name = base;
    for (let count = 2; taken.has(name); count += 1) name = `${base.slice(0, maxLength - `-${count}`.length)}-${count}`;
    taken.add(name);
    return name;
  };
}
