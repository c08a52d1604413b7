/** The values in a function's environment. */
export type EnvironmentSource = {
  functionName: string;
  memoryMegabytes: number;
  region: string;
  endpoint: string;
  /** Unique for the instance: identifies the caller of each request. */
  accessKeyId: string;
  logGroup: string;
  logStream: string;
  variables: Readonly<Record<string, string>>;
};

/**
 * The environment as Lambda sets it (docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html), plus the endpoint of
 * the local AWS. It contains no variable of this machine's environment.
 */
export function functionEnvironment(source: EnvironmentSource): Record<string, string> {
  return {
    ...source.variables,
    _HANDLER: "index.handler",
    AWS_REGION: source.region,
    AWS_DEFAULT_REGION: source.region,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: source.functionName,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(source.memoryMegabytes),
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_FORMAT: "Text",
    AWS_LAMBDA_LOG_GROUP_NAME: source.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: source.logStream,
    AWS_ACCESS_KEY_ID: source.accessKeyId,
    AWS_SECRET_ACCESS_KEY: `secret-of-${source.accessKeyId}`,
    AWS_SESSION_TOKEN: `session-of-${source.accessKeyId}`,
    AWS_ENDPOINT_URL: source.endpoint,
    LAMBDA_TASK_ROOT: "/var/task",
    LAMBDA_RUNTIME_DIR: "/var/runtime",
    LANG: "en_US.UTF-8",
    PATH: "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    TZ: ":UTC",
  };
}
