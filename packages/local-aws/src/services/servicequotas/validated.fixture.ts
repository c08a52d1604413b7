import type { Validated } from "../validation.fixture.ts";

export const validatedServiceQuotas: Validated = {
  errors: ["ValidationException"],
  setUp: [],
  free: [],
  absent: [["ListServiceQuotas", { ServiceCode: "lambda", NextToken: "none" }, "InvalidPaginationTokenException"]],
  valid: { ListServiceQuotas: { ServiceCode: "lambda" } },
};
