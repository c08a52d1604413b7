/** Environment variables of the functions: the topology sets them, each function reads those that it needs. */
export type SettingName =
  | "LEDGER_TABLE"
  | "STATE_MACHINE_ARN"
  | "BUILD_PROJECT_PREFIX"
  | "WEBHOOK_SECRET_ID"
  | "GITHUB_CREDENTIALS_ID"
  /** Base URL of GitHub's REST API. */
  | "GITHUB_API_URL"
  /** CloudWatch's namespace of Lockmaster's metrics. */
  | "METRIC_NAMESPACE";
