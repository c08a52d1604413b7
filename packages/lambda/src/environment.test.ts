import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { loadEnvironment } from "./environment.ts";

const Settings = v.object({ LEDGER_TABLE: v.string(), STATE_MACHINE_ARN: v.pipe(v.string(), v.startsWith("arn:")) });

describe("loadEnvironment", () => {
  test("answers the variables that the schema names", () => {
    const environment = { LEDGER_TABLE: "ledger", STATE_MACHINE_ARN: "arn:aws:states:…", PATH: "/bin" };
    expect(loadEnvironment(Settings, environment)).toEqual({
      LEDGER_TABLE: "ledger",
      STATE_MACHINE_ARN: "arn:aws:states:…",
    });
  });

  test("names every variable that is missing or wrong, and tells no value", () => {
    expect(() => loadEnvironment(Settings, { STATE_MACHINE_ARN: "hunter2" })).toThrowError(
      expect.objectContaining({
        name: "InvalidInputError",
        code: "CONFIGURATION_INVALID",
        message: expect.stringMatching(/LEDGER_TABLE is missing; .*STATE_MACHINE_ARN is wrong: (?!.*hunter2)/),
      }),
    );
  });
});
