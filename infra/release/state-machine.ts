import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Installation } from "@lockmaster/core/config/installation.ts";
import type { Functions } from "./functions.ts";
import { arnsOf, namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";
import { fillPlaceholders } from "@lockmaster/installation/topology/placeholders.ts";
import { inlineOnly, serviceRole } from "../app/role.ts";
import { stepFunctionsStatements } from "@lockmaster/installation/permissions/service-statements.ts";
import { stateMachine as described } from "@lockmaster/installation/topology/topology.ts";

/**
 * The release's state machine. It needs no published versions: an execution keeps the definition that it was started with, also when
 * it is redriven (docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html). The definition names versions of the
 * functions, which are never deleted.
 */
export function stateMachine({
  site,
  installation,
  functions,
}: {
  site: InstallationSite;
  installation: Installation;
  functions: Functions;
}): aws.sfn.StateMachine {
  const name = namesOf(site.prefix).stateMachine;
  const text = readFileSync(join($cli.paths.root, described.file), "utf8");
  const versions = described.functions.map((key) =>
    functions[key].nodes.function.qualifiedArn.apply((arn) => [key, arn] as const),
  );
  // Log groups with this prefix need no resource policy: docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
  const logs = new aws.cloudwatch.LogGroup("ReleaseLogs", {
    name: `/aws/vendedlogs/states/${name}`,
    retentionInDays: installation.logRetentionDays,
  });
  const role = serviceRole("ReleaseRole", installation, {
    name,
    service: "states.amazonaws.com",
    // docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html: against the confused deputy
    trustCondition: {
      StringEquals: { "aws:SourceAccount": site.account },
      ArnEquals: { "aws:SourceArn": arnsOf(site).stateMachine },
    },
    policies: inlineOnly(stepFunctionsStatements(site)),
  });
  return new aws.sfn.StateMachine("Release", {
    name,
    type: "STANDARD",
    roleArn: role.arn,
    definition: $resolve(versions).apply((arns) => fillPlaceholders(text, Object.fromEntries(arns))),
    loggingConfiguration: {
      level: "ALL",
      // Keeps which state ran when for longer than the history's 90 days. Inputs are left out: they may contain log lines of containers,
      // which the ledger keeps for a limited time.
      includeExecutionData: false,
      logDestination: $interpolate`${logs.arn}:*`,
    },
    tracingConfiguration: { enabled: true },
  });
}
