/**
 * What Lambda and Step Functions do themselves under the roles of functions and state machine, beside what our own code asks for:
 * logs, traces, and invoking functions.
 */
import { arnsOf, type InstallationSite } from "../topology/names.ts";
import type { Statement } from "./policy.ts";
import { stateMachine } from "../topology/topology.ts";

/** X-Ray knows no resource of a trace: docs.aws.amazon.com/xray/latest/devguide/security_iam_service-with-iam.html */
const tracing = (...more: string[]): Statement => ({
  Effect: "Allow",
  Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords", ...more],
  Resource: "*",
});

/** What Lambda does for a function: writes to its own log group, and traces. */
export function lambdaStatements({ partition, region, account }: InstallationSite, functionName: string): Statement[] {
  const logGroup = `arn:${partition}:logs:${region}:${account}:log-group:/aws/lambda/${functionName}`;
  return [
    { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: [`${logGroup}:*`] },
    tracing(),
  ];
}

/** What Step Functions does for the state machine: invokes its functions, in every version, writes its log, and traces. */
export function stepFunctionsStatements(place: InstallationSite): Statement[] {
  const arns = arnsOf(place);
  return [
    {
      Effect: "Allow",
      Action: ["lambda:InvokeFunction"],
      // A release under way invokes the versions that it began with.
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
