/** What DynamoDB refuses in expressions, and dynalite accepts. */
import { validation } from "./validation.ts";

/** https://github.com/nubo-db/dynoxide/issues/146: bytes of the text as sent, names and values not inserted. */
const maxExpressionBytes = 4096;
/** https://github.com/aws/aws-sdk-js/issues/3721, https://github.com/scylladb/scylladb/issues/14473 */
const maxOperators = 300;
const maxInOperands = 100;

const members = [
  "ConditionExpression",
  "FilterExpression",
  "KeyConditionExpression",
  "ProjectionExpression",
  "UpdateExpression",
] as const;

type Values = Readonly<Record<string, unknown>>;

/** Texts in expressions are names and placeholders; there are no string literals. */
const comparator = /<=|>=|<>|=|<|>|\bBETWEEN\b|\bIN\b/gi;
const functionCall = /\b[a-z_]+\s*\(/g;
const ordered = /(?:(?<left>:\w+)\s*)?(?<operator><=|>=|<(?!>)|(?<!<)>|\bBETWEEN\b)\s*(?<right>:\w+)?/gi;

/** @throws AwsError ValidationException */
export function checkExpressions(request: Readonly<Record<string, unknown>>, values: Values): void {
  for (const member of members) {
    const expression = request[member];
    if (typeof expression !== "string") continue;
    checkSize(member, expression);
    // An update's `=` assigns, and its `+` needs no further limit in the 4096 bytes.
    if (member === "UpdateExpression" || member === "ProjectionExpression") continue;
    checkOperators(member, expression);
    checkOperandTypes(member, expression, values);
  }
}

function checkSize(member: string, expression: string): void {
  const bytes = Buffer.byteLength(expression);
  if (bytes <= maxExpressionBytes) return;
  throw validation(
    `Invalid ${member}: Expression size has exceeded the maximum allowed size; expression size: ${bytes}`,
  );
}

function checkOperators(member: string, expression: string): void {
  const count = [comparator, functionCall].reduce((sum, form) => sum + (expression.match(form)?.length ?? 0), 0);
  if (count > maxOperators) {
    throw validation(`Invalid ${member}: The expression contains too many operators; operator count: ${count}`);
  }
  for (const [, operands = ""] of expression.matchAll(/\bIN\s*\(([^()]*)\)/gi)) {
    const given = operands.split(",").length;
    if (given <= maxInOperands) continue;
    throw validation(
      `Invalid ${member}: The IN operator is provided with too many operands; number of operands: ${given}`,
    );
  }
}

/** Only strings, numbers and bytes have an order. */
function checkOperandTypes(member: string, expression: string, values: Values): void {
  for (const { groups = {} } of expression.matchAll(ordered)) {
    for (const operand of [groups["left"], groups["right"]]) {
      const type = operand === undefined ? undefined : typeOf(values[operand]);
      if (type === undefined || ["S", "N", "B"].includes(type)) continue;
      throw validation(
        `Invalid ${member}: Incorrect operand type for operator or function; operator or function: ${groups["operator"]}, operand type: ${type}`,
      );
    }
  }
}

function typeOf(value: unknown): string | undefined {
  return typeof value === "object" && value !== null ? Object.keys(value)[0] : undefined;
}
