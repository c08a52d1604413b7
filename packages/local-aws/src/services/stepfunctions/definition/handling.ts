import { isJsonArray } from "../language/json.ts";
import type { Catcher, ErrorHandling, Retrier, Transition } from "./model.ts";
import type { Node } from "./node.ts";

const RETRIER_FIELDS = [
  "ErrorEquals",
  "IntervalSeconds",
  "MaxAttempts",
  "BackoffRate",
  "MaxDelaySeconds",
  "JitterStrategy",
  "Comment",
];

/** Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error */
const MAX_DELAY_SECONDS = 31_622_400;
const MAX_ATTEMPTS = 99_999_999;

/**
 * Reads `Assign` and `Output` of a state, a Choice rule or a Catch.
 *
 * @param locationPrefix names the Choice rule or the Catch in error messages
 */
export function readTransition(node: Node, next: string | undefined, locationPrefix = ""): Transition {
  const assign = node.template("Assign", `${locationPrefix}Assign`);
  const names = node.child("Assign")?.value ?? {};
  for (const name of Object.keys(names))
    if (!/^[\p{ID_Start}_][\p{ID_Continue}_]{0,79}$/u.test(name) || name === "states")
      throw node.refuse(`'${name}' cannot be the name of a variable`, "Assign");
  return { next, assign, output: node.template("Output", `${locationPrefix}Output`) };
}

export function readErrorHandling(node: Node): ErrorHandling {
  return {
    retry: node.children("Retry").map((retrier, index, all) => readRetrier(retrier, index === all.length - 1)),
    catch: node.children("Catch").map((catcher, index, all) => readCatcher(catcher, index, index === all.length - 1)),
  };
}

function readErrorEquals(node: Node, isLast: boolean): readonly string[] {
  const names = node.value["ErrorEquals"];
  if (!isJsonArray(names) || names.length === 0) throw node.refuse("The field 'ErrorEquals' is required");
  const texts = names.map((name) => {
    if (typeof name === "string") return name;
    throw node.refuse("Expected value of type String", "ErrorEquals");
  });
  if (texts.includes("States.ALL") && (texts.length > 1 || !isLast))
    throw node.refuse("States.ALL must appear alone, and in the last place", "ErrorEquals");
  return texts;
}

function readRetrier(node: Node, isLast: boolean): Retrier {
  node.allowOnly(RETRIER_FIELDS);
  const jitter = node.string("JitterStrategy") ?? "NONE";
  if (jitter !== "FULL" && jitter !== "NONE") throw node.refuse("Expected FULL or NONE", "JitterStrategy");
  return {
    errorEquals: readErrorEquals(node, isLast),
    intervalSeconds: node.number("IntervalSeconds", { min: 1, max: MAX_ATTEMPTS, integer: true }) ?? 1,
    maxAttempts: node.number("MaxAttempts", { min: 0, max: MAX_ATTEMPTS, integer: true }) ?? 3,
    backoffRate: node.number("BackoffRate", { min: 1 }) ?? 2,
    maxDelaySeconds: node.number("MaxDelaySeconds", { min: 1, max: MAX_DELAY_SECONDS, integer: true }) ?? Infinity,
    jitter,
  };
}

function readCatcher(node: Node, index: number, isLast: boolean): Catcher {
  const own = ["ErrorEquals", "Next", "Comment", "Assign"];
  if (node.has("ResultPath"))
    throw node.refuse("The local AWS runs JSONata only: it does not have the JSONPath field 'ResultPath'");
  node.allowOnly(node.language === "JSONata" ? [...own, "Output"] : own);
  const next = node.requiredString("Next");
  return { ...readTransition(node, next, `Catch[${index}]/`), next, errorEquals: readErrorEquals(node, isLast) };
}
