import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { bundlingOf } from "@lockmaster/installation/topology/bundling.ts";
import { arnsOf, namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";
import { functionRole, policiesOf } from "@lockmaster/installation/permissions/installation-roles.ts";
import { serviceRole } from "../app/role.ts";
import type { Secrets } from "../app/secrets.ts";
import {
  functions as described,
  type FunctionDescription,
  type FunctionName,
  type Reference,
} from "@lockmaster/installation/topology/topology.ts";

/** Every function of the topology, by its key. */
export type Functions = Readonly<Record<FunctionName, sst.aws.Function>>;

type FunctionsInput = {
  site: InstallationSite;
  configuration: Configuration;
  secrets: Secrets;
};

/** Lambda functions, each with a role and a log group of its own. */
export function functions(input: FunctionsInput): Functions {
  const references = referencesOf(input);
  const make = (name: FunctionName) => lambdaFunction(name, described[name], references, input);
  return {
    webhook: make("webhook"),
    planRelease: make("planRelease"),
    startBuild: make("startBuild"),
    buildFinished: make("buildFinished"),
    checkImage: make("checkImage"),
    checkScan: make("checkScan"),
    acquireLock: make("acquireLock"),
    snapshotServices: make("snapshotServices"),
    runTask: make("runTask"),
    deployService: make("deployService"),
    checkHealth: make("checkHealth"),
    rollbackService: make("rollbackService"),
    finishRelease: make("finishRelease"),
    recover: make("recover"),
    reconcile: make("reconcile"),
  };
}

/** Values of the topology's references. */
function referencesOf({ site, secrets }: FunctionsInput): Record<Reference, $util.Input<string>> {
  const names = namesOf(site.prefix);
  return {
    ledgerTable: names.ledgerTable,
    // The state machine refers to the functions, so they can refer to it only by its future ARN.
    stateMachine: arnsOf(site).stateMachine,
    webhookSecret: secrets.webhookSecret.arn,
    githubCredentials: secrets.githubCredentials.arn,
    githubApi: "https://api.github.com",
    buildProjectPrefix: names.buildProjectPrefix,
    metricNamespace: names.metricNamespace,
  };
}

function lambdaFunction(
  key: FunctionName,
  description: FunctionDescription,
  references: Record<Reference, $util.Input<string>>,
  { site, configuration }: FunctionsInput,
): sst.aws.Function {
  const { installation } = configuration;
  const name = namesOf(site.prefix).function(key);
  const logicalName = `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
  const logGroup = new aws.cloudwatch.LogGroup(`${logicalName}Logs`, {
    name: `/aws/lambda/${name}`,
    retentionInDays: installation.logRetentionDays,
  });
  // Not SST's default role, which trusts the whole account and can write to every log group.
  const role = serviceRole(`${logicalName}ExecutionRole`, installation, {
    name,
    service: "lambda.amazonaws.com",
    policies: policiesOf(functionRole(key, { ...site, configuration }), configuration),
  });
  const variables = Object.fromEntries(
    Object.entries(description.environment).map(([variable, { ref }]) => [variable, references[ref]]),
  );
  const { minify, ...esbuild } = bundlingOf(key);
  return new sst.aws.Function(logicalName, {
    name,
    handler: description.file.replace(/\.ts$/, ".handler"),
    runtime: "nodejs24.x",
    architecture: "arm64",
    timeout: `${description.timeoutSeconds} seconds`,
    memory: `${description.memoryMegabytes} MB`,
    role: role.arn,
    // The state machine invokes published versions: a running release ends with the code that it started with.
    versioning: true,
    // SST would upload source maps to a bucket for its console.
    nodejs: { minify, format: "esm", esbuild: { ...esbuild, sourcemap: false } },
    logging: { format: "json", logGroup: logGroup.name },
    ...(description.publicUrl === true && { url: { cors: false }, ...reserved(installation.webhook) }),
    // `npm run local` replaces SST's live mode.
    dev: false,
    transform: {
      function: (args) => {
        // Complete: SST would add a key for its resource links, which are not used.
        args.environment = { variables };
        args.tracingConfig = { mode: "Active" };
      },
    },
  });
}

const reserved = ({ reservedConcurrency }: Configuration["installation"]["webhook"]) =>
  reservedConcurrency === undefined ? {} : { concurrency: { reserved: reservedConcurrency } };
