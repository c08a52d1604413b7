import type { ICruiseOptions, IForbiddenRuleType } from "dependency-cruiser";

/**
 * The layers of docs/architecture.md, held by `npm run check`. Type-only imports count: a file that needs another one's types
 * cannot be understood without it. Tests and fixtures may import what they like.
 */

/** What each package may import of the others; it may always import itself and packages of npm that it declares. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  aws: ["core"],
  github: ["core"],
  lambda: ["core"],
  installation: ["core"],
  "local-aws": [],
  rehearsal: ["core", "aws", "installation", "local-aws"],
  cli: ["core", "aws", "github", "installation", "rehearsal", "local-aws"],
};

/** Folders of packages/core/src from the lowest layer to the highest; a folder imports folders of lower layers only. */
const coreLayers: readonly (readonly string[])[] = [
  ["lib"],
  ["config"],
  ["ledger"],
  ["contract"],
  ["policy", "trust"],
  ["ecs"],
  ["lock", "build", "changes", "checks", "promotion", "gates", "tasks", "rollout"],
  ["plan", "notify"],
  ["finish"],
  ["recover"],
];

const anyOf = (names: readonly string[]): string => `(?:${names.join("|")})`;

const packageRules = Object.entries(mayImport).map(([name, others]): IForbiddenRuleType => ({
  name: `${name}-imports-only-${["itself", ...others].join("-")}`,
  comment: `packages/${name} may import ${["itself", ...others.map((other) => `packages/${other}`)].join(", ")}.`,
  severity: "error",
  from: { path: `^packages/${name}/src/` },
  to: {
    path: "^(?:packages|functions|infra|statemachine|scripts|test|bench)/",
    pathNot: `^packages/${anyOf([name, ...others])}/`,
  },
}));

const layerRules = coreLayers.map((layer, height): IForbiddenRuleType => ({
  name: `core-${layer.join("-")}-imports-lower-layers-only`,
  comment: `Move the code to the layer that needs it, or what it needs into a lower one: docs/architecture.md.`,
  severity: "error",
  from: { path: `^packages/core/src/${anyOf(layer)}/` },
  to: {
    path: "^packages/core/src/",
    // Folders of one layer may import each other, as long as they form no cycle: next rule.
    pathNot: `^packages/core/src/${anyOf(coreLayers.slice(0, height + 1).flat())}/`,
  },
}));

const rules: { forbidden: IForbiddenRuleType[]; options: ICruiseOptions } = {
  forbidden: [
    {
      name: "no-folder-cycles",
      comment: "Two folders that need each other are one module: merge them, or move what both need into a third.",
      severity: "error",
      scope: "folder",
      from: { path: "^(?:packages|infra)/" },
      to: { circular: true },
    },
    {
      name: "core-has-no-io",
      comment: "Decisions in core are pure. AWS is behind ports, and adapters implement them in packages/aws.",
      severity: "error",
      from: { path: "^packages/core/src/" },
      to: { path: "(?:^|/)node_modules/@aws-sdk/|^(?:node:)?(?:fs|http|https|net|child_process)(?:/|$)" },
    },
    {
      name: "functions-are-composition",
      comment: "A function composes lambda, aws, github and core; functions share what is in functions/composition.",
      severity: "error",
      from: { path: "^functions/" },
      to: {
        path: "^(?:packages|infra|functions)/",
        pathNot: "^(?:packages/(?:core|aws|github|lambda)|functions/composition)/",
      },
    },
    {
      name: "infra-installs-data",
      comment:
        "infra makes SST and Pulumi resources of what packages/installation describes; aws/ledger writes the first items.",
      severity: "error",
      from: { path: "^infra/" },
      to: { path: "^(?:packages|functions|test)/", pathNot: "^packages/(?:core|installation|aws/src/ledger)/" },
    },
    ...packageRules,
    ...layerRules,
  ],
  options: {
    exclude: { path: String.raw`\.(?:test|fixture)\.ts$|^\.sst/` },
    doNotFollow: { path: "node_modules" },
    // TypeScript 7 has no API that a tool could parse with.
    parser: "swc",
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node"] },
  },
};

export default rules;
