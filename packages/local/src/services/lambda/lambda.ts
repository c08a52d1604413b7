import {
  type FunctionConfiguration,
  GetFunctionConfiguration$,
  type GetFunctionConfigurationRequest,
} from "@aws-sdk/client-lambda";
import type { LambdaRuntime } from "../../lambda/runtime.ts";
import { type LocalService, operation } from "../../protocol/service.ts";

/** What Lambda's own API tells of registered functions; whoever is to invoke them does so without it. */
export function createLambdaService(runtime: Pick<LambdaRuntime, "settings">): { service: LocalService } {
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
      },
    },
  };
}
