import type { State } from "./model.ts";

export type QueryLanguage = "JSONata" | "JSONPath";

export type StateType = State["type"];

const STATE_FIELDS = ["Type", "Comment", "QueryLanguage"];
const TRANSITION_FIELDS = [...STATE_FIELDS, "Next", "End", "Assign"];
const ERROR_HANDLING_FIELDS = [...TRANSITION_FIELDS, "Retry", "Catch"];

/** Fields of both query languages, by type of state. */
const COMMON_FIELDS: Readonly<Record<StateType, readonly string[]>> = {
  Pass: TRANSITION_FIELDS,
  Task: [...ERROR_HANDLING_FIELDS, "Resource", "TimeoutSeconds", "HeartbeatSeconds"],
  Choice: [...STATE_FIELDS, "Assign", "Choices", "Default"],
  Wait: [...TRANSITION_FIELDS, "Seconds", "Timestamp"],
  Succeed: STATE_FIELDS,
  Fail: [...STATE_FIELDS, "Error", "Cause"],
  Parallel: [...ERROR_HANDLING_FIELDS, "Branches"],
  Map: [
    ...ERROR_HANDLING_FIELDS,
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

/** Fields without paths that only JSONPath has. */
const JSONPATH_FIELDS: Readonly<Partial<Record<StateType, readonly string[]>>> = { Pass: ["Result"] };

/** Fields of JSONPath that contain or depend on paths. */
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

/** Fields of both languages that the local AWS does not implement. */
const UNIMPLEMENTED_FIELDS = new Set(["Credentials", "ItemReader", "ItemBatcher", "ResultWriter", "Label"]);

/** Why a state of this type and language cannot have the field; undefined when it can. */
export function fieldProblem(field: string, type: StateType, language: QueryLanguage): string | undefined {
  if (COMMON_FIELDS[type].includes(field)) return undefined;
  const own = language === "JSONata" ? JSONATA_FIELDS[type] : (JSONPATH_FIELDS[type] ?? []);
  if (own.includes(field)) return undefined;
  if (PATH_FIELDS.has(field)) return `The local AWS runs JSONata only: it does not have the JSONPath field '${field}'`;
  if (UNIMPLEMENTED_FIELDS.has(field)) return `The local AWS does not have the field '${field}'`;
  const other = language === "JSONata" ? (JSONPATH_FIELDS[type] ?? []) : JSONATA_FIELDS[type];
  if (other.includes(field)) return `The QueryLanguage '${language}' does not support the field '${field}'`;
  return `Field '${field}' is not supported by a state of type '${type}'`;
}
