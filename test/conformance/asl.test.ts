import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { differences } from "./comparison.ts";
import { runCase, type Case } from "./run-case.ts";

const CASES = new URL("../../../shared/conformance/asl-cases.json", import.meta.url);

const recorded = existsSync(CASES);
const cases: readonly Case[] = recorded ? JSON.parse(readFileSync(CASES, "utf8")) : [];

describe("a state machine has the history that AWS recorded", () => {
  it.skipIf(recorded)("is not checked: the recorded cases are missing", ({ skip }) => {
    expect(recorded).toBe(false);
    skip(`there is no ${CASES.pathname}`);
  });

  it.each(cases)("$id", async (one) => {
    expect(differences(one, await runCase(one))).toEqual([]);
  });
});
