/** Physical names and ARNs of what is installed: the same on AWS and in the local AWS. */
import { basename } from "node:path";
import { functions, type FunctionName } from "./topology.ts";

/** Where an installation is. */
export type InstallationSite = {
  /** As ARNs have it: `aws`, the only one that can be installed to (`partition.ts`). */
  partition: string;
  region: string;
  /** Twelve digits. */
  account: string;
  /** Begins the name of everything that is created, as in `lockmaster-production`. */
  prefix: string;
};

/** CodeBuild, IAM and Lambda allow 64 characters and more; ECR only lower-case letters. */
const prefixPattern = /^(?=.{1,40}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/**
 * What the names of an installation begin with.
 *
 * @param stage SST's
 * @throws Error when some service would refuse a name that begins so
 */
export function prefixOf(installation: string, stage: string): string {
  const prefix = `${installation}-${stage}`;
  if (prefixPattern.test(prefix)) return prefix;
  throw new Error(
    `Names would begin with "${prefix}": choose a stage so that they are up to 40 lower-case letters, digits and single hyphens.`,
  );
}

/** @param prefix begins the name of everything that is created */
export function namesOf(prefix: string) {
  return {
    ledgerTable: `${prefix}-ledger`,
    stateMachine: `${prefix}-release`,
    webhookSecret: `${prefix}/webhook-secret`,
    githubCredentials: `${prefix}/github-credentials`,
    /** Projects are named by repository after it: `buildProjectName` and `checkProjectName` in core. */
    buildProjectPrefix: `${prefix}-`,
    metricNamespace: `Lockmaster/${prefix}`,
    function: (name: FunctionName) => `${prefix}-${basename(functions[name].file, ".ts")}`,
    rule: (name: string) => `${prefix}-${name}`,
    deadLetters: `${prefix}-dead-letters`,
    alarmTopic: `${prefix}-alarms`,
    alarm: (name: string) => `${prefix}-${name}`,
    dashboard: prefix,
    natRole: `${prefix}-nat`,
    deployerRole: `${prefix}-deployer`,
  };
}

/** ARNs of the same. */
export function arnsOf({ partition, region, account, prefix }: InstallationSite) {
  const names = namesOf(prefix);
  const arn = (service: string, resource: string) => `arn:${partition}:${service}:${region}:${account}:${resource}`;
  return {
    ledgerTable: arn("dynamodb", `table/${names.ledgerTable}`),
    stateMachine: arn("states", `stateMachine:${names.stateMachine}`),
    /** Secrets Manager ends each ARN in a hyphen and six characters of its own. */
    webhookSecret: arn("secretsmanager", `secret:${names.webhookSecret}-??????`),
    githubCredentials: arn("secretsmanager", `secret:${names.githubCredentials}-??????`),
    function: (name: FunctionName) => arn("lambda", `function:${names.function(name)}`),
    rule: (name: string) => arn("events", `rule/${names.rule(name)}`),
    deadLetters: arn("sqs", names.deadLetters),
    alarmTopic: arn("sns", names.alarmTopic),
    alarm: (name: string) => arn("cloudwatch", `alarm:${names.alarm(name)}`),
  };
}
