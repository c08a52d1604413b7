/**
 * What Lambda and Step Functions themselves call under the roles of the functions and the state machine: logs, traces, and
 * invoking functions.
 */
import { arnsOf, type InstallationSite } from "../topology/names.ts";
import type { Statement } from "./policy.ts";
import { stateMachine } from "../topology/topology.ts";

/** X-Ray has no resource level for traces: docs.aws.amazon.com/xray/latest/devguide/security_iam_service-with-iam.html */
const tracing = (...more: string[]): Statement => ({
  Effect: "Allow",
  Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords", ...more],
  Resource: "*",
});

/** Lambda writes the function's log and traces. */
export function lambdaStatements({ partition, region, account }: InstallationSite, functionName: string): Statement[] {
  const logGroup = `arn:${partition}:logs:${region}:${account}:log-group:/aws/lambda/${functionName}`;
  return [
    { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: [`${logGroup}:*`] },
    tracing(),
  ];
}

/** Step Functions invokes every version of the functions, and writes the state machine's log and traces. */
export function stepFunctionsStatements(site: InstallationSite): Statement[] {
  const arns = arnsOf(site);
  return [
    {
      Effect: "Allow",
      Action: ["lambda:InvokeFunction"],
      // A running release invokes the versions that it started with.
      Resource: stateMachine.functions.map((name) => `${arns.function(name)}:*`),
    },
    {
      Effect: "Allow",
      // Log delivery has no resource level: docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
      Action: [
        "logs:CreateLogDelivery",
        "logs:CreateLogStream",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutLogEvents",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
      ],
      Resource: "*",
    },
    tracing("xray:GetSamplingRules", "xray:GetSamplingTargets"),
  ];
}
