import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Installation } from "@lockmaster/core/config/installation.ts";
import type { Functions } from "./functions.ts";
import { arnsOf, namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";
import { fillPlaceholders } from "@lockmaster/installation/topology/placeholders.ts";
import { serviceRole } from "../app/role.ts";
import { stepFunctionsStatements } from "@lockmaster/installation/permissions/service-statements.ts";
import { stateMachine as described } from "@lockmaster/installation/topology/topology.ts";

/**
 * The release's state machine. It is not published in versions of its own: an execution, redriven or not, keeps the definition
 * that it was started with (docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html), that definition names
 * versions of the functions, and nothing ever deletes those.
 */
export function stateMachine({
  place,
  installation,
  functions,
}: {
  place: InstallationSite;
  installation: Installation;
  functions: Functions;
}): aws.sfn.StateMachine {
  const name = namesOf(place.prefix).stateMachine;
  const text = readFileSync(join($cli.paths.root, described.file), "utf8");
  const versions = described.functions.map((key) =>
    functions[key].nodes.function.qualifiedArn.apply((arn) => [key, arn] as const),
  );
  // Log groups of this name need no policy of their own: docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
  const logs = new aws.cloudwatch.LogGroup("ReleaseLogs", {
    name: `/aws/vendedlogs/states/${name}`,
    retentionInDays: installation.logRetentionDays,
  });
  const role = serviceRole("ReleaseRole", installation, {
    name,
    service: "states.amazonaws.com",
    // docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html: against the confused deputy
    trustCondition: {
      StringEquals: { "aws:SourceAccount": place.account },
      ArnEquals: { "aws:SourceArn": arnsOf(place).stateMachine },
    },
    statements: stepFunctionsStatements(place),
  });
  return new aws.sfn.StateMachine("Release", {
    name,
    type: "STANDARD",
    roleArn: role.arn,
    definition: $resolve(versions).apply((arns) => fillPlaceholders(text, Object.fromEntries(arns))),
    loggingConfiguration: {
      level: "ALL",
      // Which state ran when, longer than the 90 days of the history. What it was given stays out: it may carry the last words of a
      // container, which the ledger keeps, with an end.
      includeExecutionData: false,
      logDestination: $interpolate`${logs.arn}:*`,
    },
    tracingConfiguration: { enabled: true },
  });
}
