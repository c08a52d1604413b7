import { describe, expect, test } from "vitest";
import { RejectedError } from "../lib/errors.ts";
import { requireAlarms, requireQuietAlarms, type ObservedAlarm } from "./alarms.ts";

const observing = (...alarms: ObservedAlarm[]) => ({
  describe: (names: readonly string[]) =>
    Promise.resolve(
      names.map((name) => alarms.find((one) => one.name === name) ?? { name, state: "MISSING" as const }),
    ),
});
const policy = (...alarms: string[]) => ({ health: { deadlineMinutes: 20, bakeSeconds: 0, alarms } });

describe("alarms that a release depends on", () => {
  test("must exist when it is planned; the message names all that do not", async () => {
    const refused = requireAlarms(observing({ name: "b", state: "OK" }), policy("a", "b", "c"));
    await expect(refused).rejects.toThrow(RejectedError);
    await expect(refused).rejects.toThrow(/^ALARM_NOT_FOUND: CloudWatch has no alarm a, c /);
  });
  test("may be raised when it is planned", async () => {
    await expect(requireAlarms(observing({ name: "a", state: "ALARM" }), policy("a"))).resolves.toHaveLength(1);
  });
  test.each(["OK", "INSUFFICIENT_DATA"] as const)("let it begin in the state %s", async (state) => {
    await expect(requireQuietAlarms(observing({ name: "a", state }), policy("a"))).resolves.toBeUndefined();
  });
  test("refuse it before the first change when one is raised, with a remedy", async () => {
    const refused = requireQuietAlarms(observing({ name: "a", state: "ALARM", reason: "5 errors" }), policy("a"));
    await expect(refused).rejects.toThrow(RejectedError);
    await expect(refused).rejects.toThrow(/^ALARM_RAISED: before anything was changed.*a \(5 errors\).*health\.alarms/);
  });
  test("are not requested when there are none", async () => {
    const unused = { describe: () => Promise.reject(new Error("describe was called")) };
    await expect(requireQuietAlarms(unused, policy())).resolves.toBeUndefined();
  });
});
