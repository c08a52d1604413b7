/** How people call what they deploy to, most like production first; the word stands alone in a name. */
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

/** The stage that a name speaks of: `shop-prod` → `production`. */
export function stageIn(name: string): Stage | undefined {
  const words = new Set(name.toLowerCase().split(/[^a-z]+/));
  return stages.find(([, spoken]) => spoken.some((word) => words.has(word)))?.[0];
}

/** How near to production a stage is: 0 is production itself, and what names no stage is farthest. */
export const nearness = (stage: Stage | undefined): number =>
  stage === undefined ? stages.length : stages.findIndex(([name]) => name === stage);

const longest = 40;

/**
 * Names that the configuration takes for nothing: the first is where the ledger keeps the checks of pull requests, and valibot
 * reads no records with such keys as the others.
 */
const reserved = ["checks", "constructor", "prototype"];

/** Gives out names of ours that are like the wished ones, each once. */
export function uniqueNames(): (request: string) => string {
  const taken = new Set(reserved);
  return (request) => {
    const safe = request.replaceAll(/[^\w-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "") || "one";
    const base = safe.slice(0, longest);
    let name = base;
    for (let count = 2; taken.has(name); count += 1) name = `${base.slice(0, longest - `-${count}`.length)}-${count}`;
    taken.add(name);
    return name;
  };
}
