import type { Validated } from "../validation.fixture.ts";

export const validatedLambda: Validated = {
  errors: ["ValidationException"],
  setUp: [],
  free: [],
  absent: [
    ["GetFunctionConfiguration", { FunctionName: "none" }, "ResourceNotFoundException"],
    ["GetFunctionUrlConfig", { FunctionName: "none" }, "ResourceNotFoundException"],
  ],
  valid: {},
};
