import { types } from "node:util";

/** An error as the caller of the function receives it. */
export type FunctionError = { errorType: string; errorMessage: string; trace?: readonly string[] };

/** Errors of the sandbox, with Lambda's messages: they contain the request's id and have no trace. */
export const sandboxFailure = {
  timedOut: (requestId: string, seconds: number): FunctionError => ({
    errorType: "Sandbox.Timedout",
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`,
  }),
  exited: (requestId: string, how: string): FunctionError => ({
    errorType: "Runtime.ExitError",
    errorMessage: `RequestId: ${requestId} Error: Runtime exited ${how}`,
  }),
  responseTooLarge: (limitBytes: number): FunctionError => ({
    errorType: "Function.ResponseSizeTooLarge",
    errorMessage: `Response payload size exceeded maximum allowed payload size (${limitBytes} bytes).`,
  }),
};

/** The error that Lambda's Node runtime returns for a thrown value, which may not be an Error. */
export function functionError(thrown: unknown): FunctionError {
  if (!types.isNativeError(thrown)) return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  return { errorType: thrown.name, errorMessage: thrown.message, trace: thrown.stack?.split("\n") ?? [] };
}

/** An error with a name of Lambda's runtime. Its message contains the original error. */
export function runtimeError(errorType: string, thrown: unknown): FunctionError {
  const { trace = [] } = functionError(thrown);
  return { errorType, errorMessage: String(thrown), trace };
}

/** The error that Lambda's Node runtime returns when a function's code fails to load. */
export function loadError(thrown: unknown): FunctionError {
  if (thrown instanceof SyntaxError) return runtimeError("Runtime.UserCodeSyntaxError", thrown);
  if (thrown instanceof Error && "code" in thrown && thrown.code === "MODULE_NOT_FOUND") {
    return runtimeError("Runtime.ImportModuleError", thrown);
  }
  return functionError(thrown);
}
