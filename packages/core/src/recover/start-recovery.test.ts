import { expect, test } from "vitest";
import type { AgendaEntry } from "../ledger/agenda-entry.ts";
import { recoveryName } from "../lib/names.ts";
import { startRecovery } from "./start-recovery.ts";

const executionArn = "arn:aws:states:eu-west-1:111122223333:execution:release:one";
const endedAt = "2026-11-20T10:00:00.000Z";
const nameOf = (count: number): string => recoveryName(executionArn, 0, count);

/** Runs at these minutes after the end; recoveries of these counts have ended already. @returns the counts that are started */
async function run(ended: readonly number[], minutes: readonly number[]): Promise<number[]> {
  const taken = new Set(ended.map(nameOf));
  const started: string[] = [];
  let entry: AgendaEntry = {
    repository: "acme/shop",
    environment: "staging",
    startedAt: endedAt,
    id: "one",
    executionArn,
    redriveCount: 0,
  };
  const ports = {
    ledger: {
      recordRecovery: (_: unknown, recoveries: NonNullable<AgendaEntry["recoveries"]>) => {
        entry = { ...entry, recoveries };
        return Promise.resolve(true);
      },
    },
    executions: {
      start: (name: string) => {
        const isFree = !taken.has(name);
        if (isFree) started.push(name);
        taken.add(name);
        return Promise.resolve({ executionArn: name, started: isFree });
      },
    },
  };
  for (const minute of minutes) {
    const now = new Date(Date.parse(endedAt) + minute * 60_000);
    await startRecovery(ports, entry, { executionArn, redriveCount: 0 }, endedAt, now);
  }
  return started.map((name) => [1, 2, 3, 4, 5].find((count) => nameOf(count) === name) ?? 0);
}

test("the first recovery is started at once, and the next ones after pauses", async () => {
  expect(await run([], [0, 1, 4])).toEqual([1]);
  expect(await run([], [0, 5, 6, 14, 15])).toEqual([1, 2, 3]);
});

test("recoveries whose start was not recorded, because the function died, keep no later one from being started", async () => {
  const everyFiveMinutes = Array.from({ length: 20 }, (_, index) => index * 5);
  expect(await run([1, 2, 3], everyFiveMinutes)).toContain(4);
});
