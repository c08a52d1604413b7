import { types } from "node:util";

/** An error as Lambda hands it to whoever invoked the function. */
export type FunctionError = { errorType: string; errorMessage: string; trace?: readonly string[] };

/** Errors of the sandbox itself, in Lambda's words: they carry the request's id and no trace. */
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

/** What Lambda's Node runtime makes of what a function threw. Not every thrown thing is an Error. */
export function functionError(thrown: unknown): FunctionError {
  if (!types.isNativeError(thrown)) return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  return { errorType: thrown.name, errorMessage: thrown.message, trace: thrown.stack?.split("\n") ?? [] };
}

/** An error under a name of the runtime's own: the message then tells the original one. */
export function runtimeError(errorType: string, thrown: unknown): FunctionError {
  const { trace = [] } = functionError(thrown);
  return { errorType, errorMessage: String(thrown), trace };
}

/** What Lambda's Node runtime makes of an error while it loads a function's code. */
export function loadError(thrown: unknown): FunctionError {
  if (thrown instanceof SyntaxError) return runtimeError("Runtime.UserCodeSyntaxError", thrown);
  if (thrown instanceof Error && "code" in thrown && thrown.code === "MODULE_NOT_FOUND") {
    return runtimeError("Runtime.ImportModuleError", thrown);
  }
  return functionError(thrown);
}
