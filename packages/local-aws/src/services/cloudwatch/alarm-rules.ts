/** What CloudWatch demands of alarms beyond the limits of single members. */
import type { PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import { AwsError } from "../../protocol/errors.ts";
import type { Parsed } from "../../protocol/service.ts";

const secondsOfDay = 86_400;
const secondsOfWeek = 7 * secondsOfDay;
const shortPeriods = [10, 20, 30];
const missingData = ["breaching", "notBreaching", "ignore", "missing"];

/**
 * Of the statistic's members all are required here, because the local AWS has no alarms on expressions.
 *
 * @throws AwsError ValidationException
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
export function checkMetricAlarm(input: Parsed<PutMetricAlarmInput>): void {
  const required = [
    "ComparisonOperator",
    "EvaluationPeriods",
    "Threshold",
    "MetricName",
    "Namespace",
    "Period",
  ] as const;
  for (const member of [...required, "Statistic"] as const) {
    if (input[member] === undefined) throw invalid(`${member} must not be null`);
  }
  const { Period: seconds = 60, EvaluationPeriods: periods = 1, DatapointsToAlarm: points = periods } = input;
  if (!shortPeriods.includes(seconds) && seconds % 60 !== 0) {
    throw invalid(`Period ${seconds} is not valid: it must be ${shortPeriods.join(", ")} or a multiple of 60 seconds.`);
  }
  const limit = seconds >= 3600 ? secondsOfWeek : secondsOfDay;
  if (seconds * periods > limit) {
    throw invalid(
      `Metrics cannot be checked across more than ${limit === secondsOfDay ? "a day" : "a week"} (EvaluationPeriods * Period must be <= ${limit}).`,
    );
  }
  if (points > periods) throw invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods.");
  const { TreatMissingData: treatment = "missing" } = input;
  if (!missingData.includes(treatment)) {
    throw invalid(
      `The value ${treatment} is not supported for TreatMissingData parameter. Supported values are [${missingData.join(", ")}].`,
    );
  }
}

/** A function with an alarm, an operator, a parenthesis or a constant. Names with spaces or parentheses are quoted. */
const token =
  /\s*(?:(?<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"(?<quoted>[^"]+)"|(?<name>[^\s()"]+))\s*\)|(?<word>AND|OR|NOT|TRUE|FALSE|\(|\)))\s*/y;

/**
 * Checks the rule of a composite alarm.
 *
 * @returns the names or ARNs of its alarms
 * @throws AwsError ValidationException. https://github.com/aws/aws-cdk/issues/34662 quotes the message.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html for the syntax
 */
export function alarmsOfRule(rule: string): readonly string[] {
  const alarms: string[] = [];
  let open = 0;
  let expectsOperand = true;
  token.lastIndex = 0;
  for (let at = 0; at < rule.length; at = token.lastIndex) {
    token.lastIndex = at;
    const { state, quoted, name, word } = token.exec(rule)?.groups ?? {};
    if (state === undefined && word === undefined) throw badRule(rule, at);
    const isOperator = word === "AND" || word === "OR";
    // An operator and a closing parenthesis follow an operand; everything else precedes one.
    if (expectsOperand === (isOperator || word === ")")) throw badRule(rule, at);
    if (word === "(") open += 1;
    if (word === ")") open -= 1;
    if (open < 0) throw badRule(rule, at);
    if (state !== undefined) alarms.push(quoted ?? name ?? "");
    expectsOperand = isOperator || word === "(" || word === "NOT";
  }
  if (expectsOperand || open > 0) throw invalid(`Error in AlarmRule [Unexpected end at char ${rule.length}]`);
  return alarms;
}

/** @throws AwsError ValidationException. https://github.com/awsdocs/aws-cloudformation-user-guide/issues/911 quotes the message. */
export function refuseUnknownAlarms(names: readonly string[]): void {
  if (names.length === 0) return;
  throw invalid(`Could not save the composite alarm as alarms [${names.join(", ")}] in the alarm rule do not exist`);
}

function badRule(rule: string, at: number): AwsError {
  const [text = ""] = rule.slice(at).trim().split(/\s/);
  return invalid(`Error in AlarmRule [Unsupported token '${text}' at char ${at}]`);
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
