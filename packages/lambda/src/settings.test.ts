import { describe, expect, test } from "vitest";
import { readSettings } from "./settings.ts";

describe("readSettings", () => {
  test("returns the requested variables", () => {
    const environment = { LEDGER_TABLE: "ledger", GITHUB_API_URL: "https://api.github.com", PATH: "/bin" };
    const settings = readSettings(["LEDGER_TABLE", "GITHUB_API_URL"], environment);
    expect(settings.LEDGER_TABLE).toBe("ledger");
    expect(settings.GITHUB_API_URL).toBe("https://api.github.com");
  });

  test("names every variable that is missing or invalid, and no value", () => {
    expect(() => readSettings(["LEDGER_TABLE", "GITHUB_API_URL"], { GITHUB_API_URL: "hunter2" })).toThrowError(
      expect.objectContaining({
        name: "InvalidInputError",
        code: "CONFIGURATION_INVALID",
        message: expect.stringMatching(/: LEDGER_TABLE, GITHUB_API_URL$/),
      }),
    );
  });
});
