import { describe, expect, test } from "vitest";
import { compileFilterPattern } from "./filter-pattern.ts";

const message = 'ERROR: connection to "db-1" refused';

describe("a filter pattern", () => {
  test.each([
    ["", true],
    ["ERROR", true],
    ["error", false],
    ["ERROR refused", true],
    ["ERROR accepted", false],
    ['"connection to"', true],
    ['"connection from"', false],
    [String.raw`"to \"db-1\""`, true],
    ["ERROR -refused", false],
    ["ERROR -accepted", true],
    ["-accepted", true],
    ["?WARN ?ERROR", true],
    ["?WARN ?INFO", false],
    ["refused ?WARN", true],
  ])("%s matches: %s", (pattern, expected) => {
    expect(compileFilterPattern(pattern)(message)).toBe(expected);
  });

  test.each([
    ['"unfinished', "InvalidParameterException"],
    ["{ $.level = 50 }", "NotInLocalAws"],
    ["[ip, user]", "NotInLocalAws"],
    ["%ERR.R%", "NotInLocalAws"],
  ])("%s is refused: %s", (pattern, name) => {
    expect(() => compileFilterPattern(pattern)).toThrow(expect.objectContaining({ name }));
  });
});
