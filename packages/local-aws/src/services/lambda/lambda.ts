import {
  type FunctionConfiguration,
  GetFunctionConfiguration$,
  type GetFunctionConfigurationRequest,
  GetFunctionUrlConfig$,
  type GetFunctionUrlConfigRequest,
  type GetFunctionUrlConfigResponse,
} from "@aws-sdk/client-lambda";
import type { LambdaRuntime } from "../../lambda/runtime.ts";
import { type LocalService, operation } from "../../protocol/service.ts";

/**
 * What Lambda's own API tells of registered functions; whoever is to invoke them does so without it. Each has a URL here.
 *
 * @param urlOf address at which the function of a name is reached
 */
export function createLambdaService(
  runtime: Pick<LambdaRuntime, "settings">,
  urlOf: (name: string) => string,
): { service: LocalService } {
  return {
    service: {
      name: "lambda",
      targetPrefix: "AWSGirApiService",
      jsonVersion: "1.1",
      rest: true,
      operations: {
        GetFunctionConfiguration: operation<GetFunctionConfigurationRequest, FunctionConfiguration>(
          GetFunctionConfiguration$,
          ["FunctionName"],
          ({ FunctionName }) => {
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
          },
        ),
        GetFunctionUrlConfig: operation<GetFunctionUrlConfigRequest, GetFunctionUrlConfigResponse>(
          GetFunctionUrlConfig$,
          ["FunctionName"],
          ({ FunctionName }) => {
            const { name, arn } = runtime.settings(FunctionName);
            const since = "2026-01-01T00:00:00Z";
            return {
              FunctionUrl: urlOf(name),
              FunctionArn: arn,
              AuthType: "NONE",
              CreationTime: since,
              LastModifiedTime: since,
              InvokeMode: "BUFFERED",
            };
          },
        ),
      },
    },
  };
}
