import type { State } from "./model.ts";

export type QueryLanguage = "JSONata" | "JSONPath";

export type StateType = State["type"];

const EVERY_STATE = ["Type", "Comment", "QueryLanguage"];
const HANDS_OVER = [...EVERY_STATE, "Next", "End", "Assign"];
const HANDLES_ERRORS = [...HANDS_OVER, "Retry", "Catch"];

/** What both query languages know, by type of state. */
const COMMON_FIELDS: Readonly<Record<StateType, readonly string[]>> = {
  Pass: HANDS_OVER,
  Task: [...HANDLES_ERRORS, "Resource", "TimeoutSeconds", "HeartbeatSeconds"],
  Choice: [...EVERY_STATE, "Assign", "Choices", "Default"],
  Wait: [...HANDS_OVER, "Seconds", "Timestamp"],
  Succeed: EVERY_STATE,
  Fail: [...EVERY_STATE, "Error", "Cause"],
  Parallel: [...HANDLES_ERRORS, "Branches"],
  Map: [
    ...HANDLES_ERRORS,
    "ItemProcessor",
    "Iterator",
    "ItemSelector",
    "MaxConcurrency",
    "ToleratedFailureCount",
    "ToleratedFailurePercentage",
  ],
};

const JSONATA_FIELDS: Readonly<Record<StateType, readonly string[]>> = {
  Pass: ["Output"],
  Task: ["Arguments", "Output"],
  Choice: ["Output"],
  Wait: ["Output"],
  Succeed: ["Output"],
  Fail: [],
  Parallel: ["Arguments", "Output"],
  Map: ["Items", "Output"],
};

/** What a state without any path may have in JSONPath. */
const JSONPATH_FIELDS: Readonly<Partial<Record<StateType, readonly string[]>>> = { Pass: ["Result"] };

/** Fields that only mean something with paths. */
const PATH_FIELDS = new Set([
  "InputPath",
  "OutputPath",
  "Parameters",
  "ResultSelector",
  "ResultPath",
  "ItemsPath",
  "SecondsPath",
  "TimestampPath",
  "TimeoutSecondsPath",
  "HeartbeatSecondsPath",
  "MaxConcurrencyPath",
  "ToleratedFailureCountPath",
  "ToleratedFailurePercentagePath",
  "ErrorPath",
  "CausePath",
]);

/** What AWS has and the local AWS does not run. */
const ABSENT_FIELDS = new Set(["Credentials", "ItemReader", "ItemBatcher", "ResultWriter", "Label"]);

/** Why a state of this type and language may not have the field; undefined when it may. */
export function whyNotAllowed(field: string, type: StateType, language: QueryLanguage): string | undefined {
  if (COMMON_FIELDS[type].includes(field)) return undefined;
  const own = language === "JSONata" ? JSONATA_FIELDS[type] : (JSONPATH_FIELDS[type] ?? []);
  if (own.includes(field)) return undefined;
  if (PATH_FIELDS.has(field)) return `The local AWS runs JSONata only: it does not have the JSONPath field '${field}'`;
  if (ABSENT_FIELDS.has(field)) return `The local AWS does not have the field '${field}'`;
  const other = language === "JSONata" ? (JSONPATH_FIELDS[type] ?? []) : JSONATA_FIELDS[type];
  if (other.includes(field)) return `The QueryLanguage '${language}' does not support the field '${field}'`;
  return `Field '${field}' is not supported by a state of type '${type}'`;
}
