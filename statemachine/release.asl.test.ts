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

/** AWS's error names that a state may react to: Step Functions' page "Error names" and the errors of Lambda's Invoke. */
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

/** How the state machine reacts to each of core's errors. */
const reactions: Record<string, "retried" | "caught" | "fails the execution"> = {
  RetryableError: "retried",
  SideEffectError: "retried",
  RejectedError: "fails the execution",
  InvalidInputError: "fails the execution",
  LockLostError: "caught",
  BuildSlotError: "caught",
  RolloutFailedError: "fails the execution",
};

/** Health checks: they poll in a loop, which is their retry, and the choice that decides about another poll. */
const choiceAfterFailedCheck = new Map([
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

  test("comments every state, choice and catch for the console", () => {
    const withoutComment = all.flatMap(([name, state]) => [
      ...(state.Comment ? [] : [name]),
      ...[...(state.Choices ?? []), ...(state.Catch ?? [])].flatMap((rule) =>
        rule.Comment ? [] : [`${name} → ${rule.Next}`],
      ),
    ]);
    expect(withoutComment).toEqual([]);
  });

  test("reacts only to errors that exist, and to every error of core as listed", () => {
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

  test("retries every task in the same way, more often from the first change on, and never a heartbeat timeout", () => {
    const tasks = all.filter(([name, state]) => state.Type === "Task" && !choiceAfterFailedCheck.has(name));
    expect(tasks.length).toBeGreaterThan(0);
    const [retry] = machine.States["Plan"]?.Retry ?? [];
    for (const [name, state] of tasks) {
      const heartbeat =
        state.HeartbeatSeconds === undefined ? [] : [{ ErrorEquals: ["States.HeartbeatTimeout"], MaxAttempts: 0 }];
      const retriesLonger = /^(Finish|Roll back|Run tasks)/.test(name);
      expect(state.Retry, name).toEqual([...heartbeat, retriesLonger ? { ...retry, MaxAttempts: 30 } : retry]);
    }
  });

  test("does not count a health check that failed as evidence: after a transient error it polls again, later", () => {
    const [retry] = machine.States["Plan"]?.Retry ?? [];
    for (const [name, choice] of choiceAfterFailedCheck) {
      const state = machine.States[name];
      expect(state?.Retry, name).toBeUndefined();
      expect(state?.Catch?.[1], name).toMatchObject({ ErrorEquals: retry?.ErrorEquals, Next: choice });
      const wait = machine.States[choice]?.Choices?.[0]?.Next ?? "";
      expect(machine.States[wait], name).toMatchObject({ Type: "Wait", Next: name });
    }
  });

  test("waits longer for a function than the function can run, so that no function runs unnoticed", () => {
    const longest = Math.max(...stateMachine.functions.map((name) => functions[name].timeoutSeconds));
    for (const [name, state] of all) {
      if (state.Type !== "Task" || state.HeartbeatSeconds !== undefined) continue;
      expect(state.TimeoutSeconds, name).toBeGreaterThan(longest);
    }
    expect(machine.States["Wait for timed-out functions"]).toMatchObject({ Type: "Wait" });
    expect(JSON.parse(text).States["Wait for timed-out functions"].Seconds).toBeGreaterThan(longest);
  });

  test("has only transitions to existing states, and reaches every state", () => {
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

  test("catches every error between the first change and the end of the release", () => {
    const changingStates = [
      "Run tasks before deployment",
      "Deploy service",
      "Check health",
      "Run tasks after deployment",
      "Roll back service",
      "Check rollback health",
    ];
    for (const name of changingStates) {
      const state = all.find(([candidate]) => candidate === name)?.[1];
      expect(
        state?.Catch?.some((rule) => rule.ErrorEquals.includes("States.ALL")),
        name,
      ).toBe(true);
    }
  });

  test("acquires the lock again wherever it can be lost, before any other catch, and does not roll back for that", () => {
    const underLock = [
      "Snapshot services",
      "Run tasks before deployment",
      "Check health",
      "Run tasks after deployment",
      "Finish release",
      "Check rollback health",
      "Finish failed release",
      "Finish rollback",
    ];
    for (const name of underLock) {
      const [first] = machine.States[name]?.Catch ?? [];
      expect(first, name).toMatchObject({ ErrorEquals: ["LockLostError"], Next: "Acquire lock" });
    }
    // Iterations pass every error on as their result; the choice after them tests for a lost lock first.
    for (const name of ["Is every service deployed?", "Is the lock still held?"]) {
      expect(machine.States[name]?.Choices?.[0], name).toMatchObject({ Next: "Acquire lock" });
    }
  });

  test("passes the lock's epoch to every step after the lock", () => {
    const withEpoch = all.filter(([, state]) => JSON.stringify(state.Arguments ?? {}).includes('"epoch"'));
    expect(withEpoch.map(([name]) => name).toSorted()).toEqual(
      [
        "Check health",
        "Check rollback health",
        "Finish release",
        "Finish rollback",
        "Finish failed release",
        "Deploy service",
        "Roll back service",
        "Run tasks after deployment",
        "Run tasks before deployment",
        "Snapshot services",
      ].toSorted(),
    );
  });

  test("catches nothing before the first change but a lost event or lock, or a full build queue, so that a redrive resumes in the failed state", () => {
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
    expect(new Set(caught)).toEqual(
      new Set(["States.HeartbeatTimeout", "States.Timeout", "LockLostError", "BuildSlotError"]),
    );
  });
});
