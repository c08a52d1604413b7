/** Physical names and ARNs of the installed resources, the same on AWS and in the local AWS. */
import { basename } from "node:path";
import { functions, type FunctionName } from "./topology.ts";

/** Account, region and name prefix of an installation. */
export type InstallationSite = {
  /** AWS partition; `aws` is the only supported one (`partition.ts`). */
  partition: string;
  region: string;
  /** Twelve digits. */
  account: string;
  /** Beginning of every resource's name, for example `lockmaster-production`. */
  prefix: string;
};

/** CodeBuild, IAM and Lambda allow at least 64 characters; ECR allows only lower-case letters. */
const prefixPattern = /^(?=.{1,40}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/**
 * Beginning of the names of an installation's resources.
 *
 * @param stage SST's stage
 * @throws Error if an AWS service would refuse names with this beginning
 */
export function prefixOf(installation: string, stage: string): string {
  const prefix = `${installation}-${stage}`;
  if (prefixPattern.test(prefix)) return prefix;
  throw new Error(
    `Resource names would begin with "${prefix}", which is not allowed: choose a stage so that installation name and stage together have at most 40 lower-case letters, digits and single hyphens.`,
  );
}

/** @param prefix beginning of every resource's name */
export function namesOf(prefix: string) {
  return {
    ledgerTable: `${prefix}-ledger`,
    stateMachine: `${prefix}-release`,
    // Not "…-secret": Secrets Manager can take a hyphen and six characters at the end for those that it appends to ARNs.
    webhookSecret: `${prefix}/github-webhook`,
    githubCredentials: `${prefix}/github-credentials`,
    /** `buildProjectName` and `checkProjectName` in core append the repository. */
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

/** ARNs of the same resources. */
export function arnsOf({ partition, region, account, prefix }: InstallationSite) {
  const names = namesOf(prefix);
  const arn = (service: string, resource: string) => `arn:${partition}:${service}:${region}:${account}:${resource}`;
  return {
    ledgerTable: arn("dynamodb", `table/${names.ledgerTable}`),
    stateMachine: arn("states", `stateMachine:${names.stateMachine}`),
    /** Secrets Manager appends a hyphen and six random characters to each ARN. */
    webhookSecret: arn("secretsmanager", `secret:${names.webhookSecret}-??????`),
    githubCredentials: arn("secretsmanager", `secret:${names.githubCredentials}-??????`),
    function: (name: FunctionName) => arn("lambda", `function:${names.function(name)}`),
    rule: (name: string) => arn("events", `rule/${names.rule(name)}`),
    deadLetters: arn("sqs", names.deadLetters),
    alarmTopic: arn("sns", names.alarmTopic),
    alarm: (name: string) => arn("cloudwatch", `alarm:${names.alarm(name)}`),
  };
}
