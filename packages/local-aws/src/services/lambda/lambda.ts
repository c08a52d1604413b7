import {
  type FunctionConfiguration,
  GetFunctionConfiguration$,
  type GetFunctionConfigurationRequest,
  GetFunctionUrlConfig$,
  type GetFunctionUrlConfigRequest,
  type GetFunctionUrlConfigResponse,
} from "@aws-sdk/client-lambda";
import type { LambdaRuntime } from "../../lambda/runtime.ts";
import { errorAnswer } from "../../protocol/answer.ts";
import type { ServiceAccess } from "../../protocol/demand.ts";
import { AwsError } from "../../protocol/errors.ts";
import type { Route } from "../../protocol/http.ts";
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

/**
 * Lambda's API, as far as it describes registered functions, and their Function URLs. Step Functions and EventBridge invoke
 * functions directly, without this API.
 *
 * @param endpoint of the local AWS
 */
export function createLambdaService(
  runtime: Pick<LambdaRuntime, "settings" | "functionUrl">,
  endpoint: () => string,
): { service: LocalService } {
  function describe({ FunctionName }: { FunctionName: string }): FunctionConfiguration {
    const { name, arn, timeoutSeconds, memoryMegabytes } = runtime.settings(FunctionName);
    return {
      FunctionName: name,
      FunctionArn: arn,
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Timeout: timeoutSeconds,
      MemorySize: memoryMegabytes,
      State: "Active",
      LastUpdateStatus: "Successful",
    };
  }

  function describeUrl({ FunctionName }: { FunctionName: string }): GetFunctionUrlConfigResponse {
    const { name, arn } = runtime.settings(FunctionName);
    const since = "2026-01-01T00:00:00Z";
    return {
      FunctionUrl: `${endpoint()}${functionUrlPath}${name}/`,
      FunctionArn: arn,
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
        operations: {
          GetFunctionConfiguration: operation<GetFunctionConfigurationRequest, FunctionConfiguration>(
            GetFunctionConfiguration$,
            ["FunctionName"],
            describe,
          ),
          GetFunctionUrlConfig: operation<GetFunctionUrlConfigRequest, GetFunctionUrlConfigResponse>(
            GetFunctionUrlConfig$,
            ["FunctionName"],
            describeUrl,
          ),
        },
      },
      access: lambdaAccess,
      routes: { [functionUrlPath]: functionUrls(runtime) },
    },
  };
}

function functionUrls(runtime: Pick<LambdaRuntime, "functionUrl">): Route {
  const urls = new Map<string, ReturnType<LambdaRuntime["functionUrl"]>>();
  return async (request) => {
    const [, , name = "", ...rest] = request.path.split("/");
    try {
      const url = urls.get(name) ?? runtime.functionUrl(name);
      urls.set(name, url);
      return await url({ ...request, path: `/${rest.join("/")}` });
    } catch (error) {
      if (error instanceof AwsError) return errorAnswer(error);
      throw error;
    }
  };
}
