import { readFileSync } from "node:fs";
import * as errors from "@lockmaster/core/lib/errors.ts";
import { describe, expect, test } from "vitest";
import { functions, stateMachine } from "@lockmaster/installation/topology/topology.ts";

type State = {
  Type: string;
  Comment?: string;
  Next?: string;
  Default?: string;
  End?: boolean;
  Choices?: { Next: string; Comment?: string }[];
  Retry?: { ErrorEquals: string[]; MaxAttempts: number }[];
  Catch?: { ErrorEquals: string[]; Next: string; Comment?: string }[];
  Resource?: string;
  Arguments?: unknown;
  TimeoutSeconds?: number;
  HeartbeatSeconds?: unknown;
  ItemProcessor?: { StartAt: string; States: Record<string, State> };
};

const text = readFileSync(new URL("release.asl.json", import.meta.url), "utf8");
const machine: { StartAt: string; States: Record<string, State>; QueryLanguage: string } = JSON.parse(text);

function statesOf(scope: Record<string, State>): [string, State][] {
  return Object.entries(scope).flatMap(([name, state]) => [
    [name, state] satisfies [string, State],
    ...(state.ItemProcessor === undefined ? [] : statesOf(state.ItemProcessor.States)),
  ]);
}
const all = statesOf(machine.States);

/** Error names of AWS that a state may react to: Step Functions' "Error names" page and Lambda's "Invoke" errors. */
const awsErrors = new Set([
  "States.ALL",
  "States.Timeout",
  "States.HeartbeatTimeout",
  "Lambda.ClientExecutionTimeoutException",
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.TooManyRequestsException",
  "Lambda.Unknown",
  "Runtime.ExitError",
  "Sandbox.Timedout",
]);

/** How the machine reacts to each of core's errors. */
const reactions: Record<string, "retried" | "caught" | "fails the execution"> = {
  RetryableError: "retried",
  SideEffectError: "retried",
  RejectedError: "fails the execution",
  InvalidInputError: "fails the execution",
  LockLostError: "caught",
  RolloutFailedError: "fails the execution",
};

/** Looks at health that are a loop anyway: the loop is their retry. */
const looksAgainInALoop = new Map([
  ["Check health", "Is there time to check again?"],
  ["Check rollback health", "Is there time to check the rollback again?"],
]);

const namedInMachine = new Set(
  all.flatMap(([, state]) => [...(state.Retry ?? []), ...(state.Catch ?? [])]).flatMap((rule) => rule.ErrorEquals),
);

describe("release.asl.json", () => {
  test("is JSONata throughout", () => {
    expect(machine.QueryLanguage).toBe("JSONata");
    expect(text).not.toMatch(/"(InputPath|Parameters|ResultSelector|ResultPath|OutputPath|ItemsPath)"/);
  });

  test("explains every state, every choice and every catch in the console", () => {
    const silent = all.flatMap(([name, state]) => [
      ...(state.Comment ? [] : [name]),
      ...[...(state.Choices ?? []), ...(state.Catch ?? [])].flatMap((rule) =>
        rule.Comment ? [] : [`${name} → ${rule.Next}`],
      ),
    ]);
    expect(silent).toEqual([]);
  });

  test("reacts only to errors that exist, and every error of ours has a reaction", () => {
    const constructors = Object.values(errors).filter((value) => typeof value === "function");
    const exported = constructors.map((constructor) => new constructor("", { code: "STEP_FAILED" }).name);
    expect(new Set(Object.keys(reactions))).toEqual(new Set(exported));
    for (const name of namedInMachine) {
      expect(awsErrors.has(name) || ["retried", "caught"].includes(reactions[name] ?? ""), name).toBe(true);
    }
    for (const [name, reaction] of Object.entries(reactions)) {
      expect(namedInMachine.has(name), name).toBe(reaction !== "fails the execution");
    }
  });

  test("invokes exactly the functions that the topology names for it", () => {
    const placeholders = [...text.matchAll(/\$\{(\w+)\}/g)].map((match) => match[1]);
    expect(new Set(placeholders)).toEqual(new Set(stateMachine.functions));
    for (const name of stateMachine.functions) expect(functions).toHaveProperty(name);
  });

  test("retries every task in the same way, and longer once there is no better place to be; a heartbeat's end is caught", () => {
    const tasks = all.filter(([name, state]) => state.Type === "Task" && !looksAgainInALoop.has(name));
    expect(tasks.length).toBeGreaterThan(0);
    const [passing] = machine.States["Plan"]?.Retry ?? [];
    for (const [name, state] of tasks) {
      const heartbeat =
        state.HeartbeatSeconds === undefined ? [] : [{ ErrorEquals: ["States.HeartbeatTimeout"], MaxAttempts: 0 }];
      const isPatient = /^(Finish|Roll back|Run tasks)/.test(name);
      expect(state.Retry, name).toEqual([...heartbeat, isPatient ? { ...passing, MaxAttempts: 30 } : passing]);
    }
  });

  test("takes an outage of looking at health for no evidence: what passes leads to another look, later", () => {
    const [passing] = machine.States["Plan"]?.Retry ?? [];
    for (const [name, choice] of looksAgainInALoop) {
      const state = machine.States[name];
      expect(state?.Retry, name).toBeUndefined();
      expect(state?.Catch?.[1], name).toMatchObject({ ErrorEquals: passing?.ErrorEquals, Next: choice });
      const wait = machine.States[choice]?.Choices?.[0]?.Next ?? "";
      expect(machine.States[wait], name).toMatchObject({ Type: "Wait", Next: name });
    }
  });

  test("waits longer for a function than the function may run, so that none acts behind the machine's back", () => {
    const longest = Math.max(...stateMachine.functions.map((name) => functions[name].timeoutSeconds));
    for (const [name, state] of all) {
      if (state.Type !== "Task" || state.HeartbeatSeconds !== undefined) continue;
      expect(state.TimeoutSeconds, name).toBeGreaterThan(longest);
    }
    expect(machine.States["Wait for late functions"]).toMatchObject({ Type: "Wait" });
    expect(JSON.parse(text).States["Wait for late functions"].Seconds).toBeGreaterThan(longest);
  });

  test("leads somewhere from every state, and reaches every state", () => {
    const check = (scope: { StartAt: string; States: Record<string, State> }) => {
      const reached = new Set([scope.StartAt]);
      for (const [name, state] of Object.entries(scope.States)) {
        const targets = [
          state.Next,
          state.Default,
          ...(state.Choices ?? []).map((c) => c.Next),
          ...(state.Catch ?? []).map((c) => c.Next),
        ];
        const known = targets.filter((target) => target !== undefined);
        for (const target of known) expect(scope.States, `${name} → ${target}`).toHaveProperty([target]);
        for (const target of known) reached.add(target);
        if (state.ItemProcessor) check(state.ItemProcessor);
      }
      expect([...reached].toSorted()).toEqual(Object.keys(scope.States).toSorted());
    };
    check(machine);
  });

  test("catches everything between the first mutation and the conclusion", () => {
    const mutatingStates = [
      "Run tasks before",
      "Deploy service",
      "Check health",
      "Run tasks after",
      "Roll back service",
      "Check rollback health",
    ];
    for (const name of mutatingStates) {
      const state = all.find(([candidate]) => candidate === name)?.[1];
      expect(
        state?.Catch?.some((rule) => rule.ErrorEquals.includes("States.ALL")),
        name,
      ).toBe(true);
    }
  });

  test("asks for the lock again, first of all, wherever it may have been lost, and never goes back for that", () => {
    const underLock = [
      "Snapshot services",
      "Run tasks before",
      "Check health",
      "Run tasks after",
      "Finish release",
      "Check rollback health",
      "Finish failed release",
      "Finish rollback",
    ];
    for (const name of underLock) {
      const [first] = machine.States[name]?.Catch ?? [];
      expect(first, name).toMatchObject({ ErrorEquals: ["LockLostError"], Next: "Acquire lock" });
    }
    // Iterations hand every error on as an outcome; the choice after them knows this one.
    for (const name of ["Is every service deployed?", "Is the lock still held?"]) {
      expect(machine.States[name]?.Choices?.[0], name).toMatchObject({ Next: "Acquire lock" });
    }
  });

  test("tells every step after the lock its epoch", () => {
    const told = all.filter(([, state]) => JSON.stringify(state.Arguments ?? {}).includes('"epoch"'));
    expect(told.map(([name]) => name).toSorted()).toEqual(
      [
        "Check health",
        "Check rollback health",
        "Finish release",
        "Finish rollback",
        "Finish failed release",
        "Deploy service",
        "Roll back service",
        "Run tasks after",
        "Run tasks before",
        "Snapshot services",
      ].toSorted(),
    );
  });

  test("catches nothing before the first mutation but a lost event or lock, so that Redrive resumes where it failed", () => {
    const caught = [
      "Plan",
      "Build images",
      "Build image",
      "Judge images",
      "Check image",
      "Check scan",
      "Acquire lock",
      "Snapshot services",
    ].flatMap(
      (name) => all.find(([candidate]) => candidate === name)?.[1].Catch?.flatMap((rule) => rule.ErrorEquals) ?? [],
    );
    expect(new Set(caught)).toEqual(new Set(["States.HeartbeatTimeout", "States.Timeout", "LockLostError"]));
  });
});
