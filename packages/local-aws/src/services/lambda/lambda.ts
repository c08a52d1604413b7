import {
  type FunctionConfiguration,
  GetFunctionConfiguration$,
  type GetFunctionConfigurationRequest,
  GetFunctionUrlConfig$,
  type GetFunctionUrlConfigRequest,
  type GetFunctionUrlConfigResponse,
} from "@aws-sdk/client-lambda";
import { createHash } from "node:crypto";
import { forbidden, noFunctionUrl } from "../../lambda/function-url.ts";
import type { RegisteredFunction } from "../../lambda/functions.ts";
import type { LambdaRuntime } from "../../lambda/runtime.ts";
import type { Constraints } from "../../protocol/constraints.ts";
import type { ServiceAccess } from "../../protocol/demand.ts";
import { AwsError } from "../../protocol/errors.ts";
import type { HttpRequest, Route } from "../../protocol/http.ts";
import { type LocalService, operation } from "../../protocol/service.ts";

/** At AWS each Function URL has a host name of its own; here it has a path: `/lambda-url/<function name>/`. */
export const functionUrlPath = "/lambda-url/";

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html */
const lambdaAccess: ServiceAccess = {
  prefix: "lambda",
  operations: {
    GetFunctionConfiguration: { on: ["function:{FunctionName}"] },
    GetFunctionUrlConfig: { on: ["function:{FunctionName}"] },
  },
};

/** A function's name, partial ARN or ARN, with or without a version. */
const functionName =
  /(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_.]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?/;

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html */
const lambdaConstraints: Constraints = {
  GetFunctionConfigurationRequest: { FunctionName: { length: [1, 256], pattern: functionName } },
  GetFunctionUrlConfigRequest: { FunctionName: { length: [1, 140], pattern: functionName } },
};

/**
 * Lambda's API, as far as it describes registered functions, and their Function URLs. Step Functions and EventBridge invoke
 * functions directly, without this API.
 *
 * @param endpoint of the local AWS
 * @param observeRequest learns of a request to a Function URL; returns a function that is called when the function refuses it
 */
export function createLambdaService(
  runtime: Pick<LambdaRuntime, "find" | "functionUrl">,
  endpoint: () => string,
  observeRequest: (request: HttpRequest) => () => void = () => () => undefined,
): { service: LocalService } {
  function describeUrl({ FunctionName }: { FunctionName: string }): GetFunctionUrlConfigResponse {
    const { settings, publicUrl, registeredAt } = runtime.find(FunctionName);
    if (!publicUrl) throw noFunctionUrl();
    const since = new Date(registeredAt).toISOString();
    return {
      FunctionUrl: `${endpoint()}${functionUrlPath}${settings.name}/`,
      FunctionArn: settings.arn,
      AuthType: "NONE",
      CreationTime: since,
      LastModifiedTime: since,
      InvokeMode: "BUFFERED",
    };
  }

  return {
    service: {
      name: "lambda",
      api: {
        protocol: "rest-json",
        constraints: lambdaConstraints,
        operations: {
          GetFunctionConfiguration: operation<GetFunctionConfigurationRequest, FunctionConfiguration>(
            GetFunctionConfiguration$,
            ["FunctionName"],
            ({ FunctionName }) => describe(runtime.find(FunctionName)),
          ),
          GetFunctionUrlConfig: operation<GetFunctionUrlConfigRequest, GetFunctionUrlConfigResponse>(
            GetFunctionUrlConfig$,
            ["FunctionName"],
            describeUrl,
          ),
        },
      },
      access: lambdaAccess,
      routes: { [functionUrlPath]: functionUrls(runtime, observeRequest) },
    },
  };
}

/** The configuration of a Node.js function in a zip file, with Lambda's defaults. */
async function describe({ settings, bundle, registeredAt }: RegisteredFunction): Promise<FunctionConfiguration> {
  const { name, arn, timeoutSeconds, memoryMegabytes, environment } = settings;
  const { code, sizeBytes } = await bundle;
  const [, , , region, accountId] = arn.split(":");
  return {
    FunctionName: name,
    FunctionArn: arn,
    Runtime: "nodejs24.x",
    Role: `arn:aws:iam::${accountId}:role/${name}`,
    Handler: "index.handler",
    CodeSize: sizeBytes,
    CodeSha256: createHash("sha256").update(code).digest("base64"),
    Description: "",
    Timeout: timeoutSeconds,
    MemorySize: memoryMegabytes,
    LastModified: new Date(registeredAt).toISOString().replace("Z", "+0000"),
    Version: "$LATEST",
    ...(Object.keys(environment).length > 0 && { Environment: { Variables: environment } }),
    TracingConfig: { Mode: "PassThrough" },
    RevisionId: revisionOf(settings, code),
    State: "Active",
    LastUpdateStatus: "Successful",
    PackageType: "Zip",
    Architectures: ["arm64"],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
    RuntimeVersionConfig: {
      RuntimeVersionArn: `arn:aws:lambda:${region}::runtime:${createHash("sha256").update("nodejs24.x").digest("hex")}`,
    },
    LoggingConfig: { LogFormat: "Text", LogGroup: `/aws/lambda/${name}` },
  };
}

/** Changes with the function's code and settings. */
function revisionOf(settings: object, code: string): string {
  const digits = createHash("sha256").update(JSON.stringify(settings)).update(code).digest("hex");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}

function functionUrls(
  runtime: Pick<LambdaRuntime, "functionUrl">,
  observeRequest: (request: HttpRequest) => () => void,
): Route {
  const urls = new Map<string, ReturnType<LambdaRuntime["functionUrl"]>>();
  return async (request) => {
    const [, , name = "", ...rest] = request.path.split("/");
    try {
      const url = urls.get(name) ?? runtime.functionUrl(name);
      urls.set(name, url);
      const undo = observeRequest(request);
      const answer = await url({ ...request, path: `/${rest.join("/")}` });
      if (answer.status >= 400 && answer.status < 500) undo();
      return answer;
    } catch (error) {
      if (error instanceof AwsError) return forbidden();
      throw error;
    }
  };
}
