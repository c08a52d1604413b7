import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { differences } from "./comparison.ts";
import { runCase, type Case } from "./run-case.ts";

const CASES = new URL("../../../shared/conformance/asl-cases.json", import.meta.url);

/** Cases that the interpreter does not meet, and why. One that starts to pass must leave this table. */
const UNMET: Readonly<Record<string, string>> = {
  "outputdecl/test_output.py::TestArgumentsBase::test_base_task_lambda[BASE_TASK_LAMBDA]":
    "Content-Length counts the bytes of Python's runtime, which writes a space after every separator; Node's does not",
};

const recorded = existsSync(CASES);
const cases: readonly Case[] = recorded ? (JSON.parse(readFileSync(CASES, "utf8")) as Case[]) : [];

describe("state machines answer as AWS recorded them", () => {
  it.skipIf(recorded)(`is not checked: the recorded cases are not at ${CASES.pathname}`, () => undefined);

  it.each(cases.filter(({ id }) => !(id in UNMET)).map((one) => [one.id, one] as const))("%s", async (_, one) => {
    expect(differences(one, await runCase(one))).toEqual([]);
  });

  it.each(cases.filter(({ id }) => id in UNMET).map((one) => [one.id, one] as const))("%s is unmet", async (_, one) => {
    expect(differences(one, await runCase(one))).not.toEqual([]);
  });

  it.runIf(recorded)("names only unmet cases that exist", () => {
    const known = cases.map(({ id }) => id);
    expect(Object.keys(UNMET).filter((id) => !known.includes(id))).toEqual([]);
  });
});
